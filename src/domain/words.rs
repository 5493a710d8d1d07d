//! Closed sets of words that appear in job files and in output tables alike.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have one spelling, used in YAML, JSON and tables.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// The spelling used in YAML, JSON and tables.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Whose data it is.
    Party {
        /// The company's own data.
        First = "first",
        /// Data about the outside world: market, weather, competitors, economy.
        Third = "third",
    }
}

words! {
    /// What a driver may do in a model.
    Role {
        /// Moves our own action and the outcome: always in the model, never penalized.
        Confounder = "confounder",
        /// Moves the outcome only.
        Precision = "precision",
        /// Ours to move.
        Lever = "lever",
        /// A consequence of our own action; stays out of total effects.
        MovedByUs = "moved_by_us",
    }
}

words! {
    /// How an effect carries over to later periods.
    Adstock {
        /// Not at all.
        None = "none",
        /// It falls by the same factor from period to period.
        Geometric = "geometric",
        /// It builds up before it falls.
        Delayed = "delayed",
    }
}

words! {
    /// How more pressure does less and less.
    Saturation {
        /// It does not: a straight line.
        None = "none",
        /// `x^slope / (x^slope + half^slope)`: may start slowly, then flattens.
        Hill = "hill",
        /// Shaped like `tanh`: steep at zero, flat early.
        Logistic = "logistic",
    }
}

words! {
    /// How the baseline may drift.
    Trend {
        /// Not at all.
        None = "none",
        /// In a straight line.
        Linear = "linear",
        /// In straight lines that bend once a year.
        Bending = "bending",
    }
}

words! {
    /// How parts make up the outcome.
    Form {
        /// They are summed.
        Additive = "additive",
        /// They are multiplied: the model fits the logarithm of the outcome.
        Multiplicative = "multiplicative",
    }
}

words! {
    /// When the value of a column is known.
    Known {
        /// Known when the lead, contact or period begins.
        AtEntry = "at_entry",
        /// Known only once the outcome is: never a driver.
        AfterOutcome = "after_outcome",
    }
}

words! {
    /// How bad a failed check is.
    Severity {
        /// Nothing is published.
        Error = "error",
        /// The run goes on and says so.
        Warn = "warn",
    }
}

words! {
    /// Which direction of a KPI is the good one.
    Better {
        /// More is better.
        Higher = "higher",
        /// Less is better.
        Lower = "lower",
    }
}

words! {
    /// How far a model's advice may be followed. Later variants are stricter.
    Gate {
        /// Passed every test.
        Trusted = "trusted",
        /// Usable with care; the reasons say why.
        Review = "review",
        /// No advice is given.
        Withheld = "withheld",
    }
}

words! {
    /// What an effect rests on.
    Evidence {
        /// A controlled experiment measured it.
        Experiment = "experiment",
        /// Observed data, calibrated by an experiment.
        Calibrated = "calibrated",
        /// Observed data alone.
        Observational = "observational",
    }
}

words! {
    /// What a recommendation asks for.
    Action {
        /// Do it.
        Change = "change",
        /// Try it on a part first and measure.
        Test = "test",
        /// Not ours to move; be ready for it.
        Watch = "watch",
        /// Leave things as they are.
        Keep = "keep",
    }
}

words! {
    /// How a run, a step or a check ended.
    Status {
        /// A step or run that finished.
        Success = "success",
        /// A step or run that could not finish.
        Error = "error",
        /// A check of severity error that did not hold.
        Fail = "fail",
        /// A check of severity warn that did not hold, or a step that finished with a warning.
        Warn = "warn",
        /// Not started, because something before it failed or the run was stopped.
        Skipped = "skipped",
        /// A check that held.
        Pass = "pass",
    }
}
