"""Makes the reference values of the driver models with statsmodels.

Writes panel.csv (seeded data) and statsmodels.json (coefficients, standard errors, effects) next to
itself. Run once with Python 3.11, numpy, pandas and statsmodels 0.15; the results are committed, so the
Rust tests need no Python.

    python tests/reference/with_statsmodels.py

The data are unpleasant on purpose: one column around a million with a spread of three, one around zero
with a spread of a ten-thousandth, a strongly correlated pair, levels of a category, shocks that all rows
of a period share and that last, and rows in no particular order.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

HERE = Path(__file__).parent
LAGS = 7
PER = 0.5


def panel() -> pd.DataFrame:
    rng = np.random.default_rng(20240229)
    periods, units = 36, 9
    shock = np.zeros(periods)
    for period in range(periods):
        shock[period] = 0.6 * (shock[period - 1] if period else 0.0) + rng.normal()
    period = np.tile(np.arange(periods), units)
    rows = len(period)
    weather = np.sin(np.arange(periods) * 0.7)[period] + 0.1 * rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "period": period,
            "far": 1e6 + 3 * rng.normal(size=rows),
            "tiny": 1e-4 * rng.normal(size=rows),
            "weather": weather,
            "sunshine": 0.97 * weather + 0.05 * rng.normal(size=rows),
            "level_b": 0.0,
            "level_c": 0.0,
        }
    )
    level = rng.integers(0, 3, size=rows)
    frame["level_b"] = (level == 1) * 1.0
    frame["level_c"] = (level == 2) * 1.0
    index = (
        0.2 * (frame["far"] - 1e6)
        + 3000 * frame["tiny"]
        + 0.5 * weather
        + 0.4 * frame["level_b"]
        + 0.5 * shock[period]
    )
    frame["amount"] = 250 + 20 * index + 15 * rng.normal(size=rows)
    frame["success"] = (rng.random(rows) < 1 / (1 + np.exp(-index))) * 1.0
    frame = frame.sample(frac=1.0, random_state=7).reset_index(drop=True)
    return frame.round({"far": 6, "tiny": 10, "weather": 6, "sunshine": 6, "amount": 6})


def fitted(model, kind: str = "nonrobust", options: dict | None = None):
    """Fits to the last digit, with the covariance of `kind`."""
    newton = {"method": "newton", "tol": 1e-14, "disp": 0} if isinstance(model, sm.Logit) else {}
    return model.fit(cov_type=kind, cov_kwds=options, **newton)


def described(model, clusters: dict, lags: dict, back: np.ndarray) -> dict:
    """Coefficients and standard errors without lags and with them, in the units of the data."""

    def errors(kind: str, options: dict) -> list:
        covariance = np.asarray(fitted(model, kind, options).cov_params())
        return list(np.sqrt(np.diag(back @ covariance @ back.T)))

    return {
        "coefficients": list(back @ np.asarray(fitted(model).params)),
        "clustered": errors("cluster", clusters),
        "with_lags": errors("hac-groupsum", lags),
    }


def average_change(result, without: np.ndarray, changed: np.ndarray) -> list:
    """Mean difference of probabilities and its standard error by the delta method."""
    probability = lambda x: 1 / (1 + np.exp(-x @ result.params))
    low, high = probability(without), probability(changed)
    gradient = ((high * (1 - high))[:, None] * changed - (low * (1 - low))[:, None] * without).mean(axis=0)
    return [float((high - low).mean()), float(np.sqrt(gradient @ result.cov_params() @ gradient))]


def main() -> None:
    frame = panel()
    frame.to_csv(HERE / "panel.csv", index=False)
    # Period sums need rows in order of time; coefficients and standard errors do not depend on it.
    frame = frame.sort_values("period", kind="stable")
    names = ["far", "tiny", "weather", "sunshine", "level_b", "level_c"]
    # Fits around the column means agree with those on raw columns and keep statsmodels' own digits.
    centers = frame[names].mean()
    spread = frame[names].std()
    scaled = sm.add_constant(((frame[names] - centers) / spread).to_numpy())
    periods = frame["period"].to_numpy()
    clusters = {"groups": periods}
    lags = {"time": periods, "maxlags": LAGS, "use_correction": "cluster"}
    back = np.eye(len(names) + 1)
    for at, name in enumerate(names):
        back[at + 1, at + 1] = 1 / spread[name]
        back[0, at + 1] = -centers[name] / spread[name]

    linear = sm.OLS(frame["amount"].to_numpy(), scaled)
    logit = sm.Logit(frame["success"].to_numpy(), scaled)
    result = fitted(logit, "hac-groupsum", lags)
    risen = scaled.copy()
    risen[:, 3] += PER / spread["weather"]
    reference, switched = scaled.copy(), scaled.copy()
    for at, name in [(5, "level_b"), (6, "level_c")]:
        reference[:, at] = -centers[name] / spread[name]
    switched[:] = reference
    switched[:, 5] += 1 / spread["level_b"]
    values = {
        "columns": names,
        "lags": LAGS,
        "per": PER,
        "linear": described(linear, clusters, lags, back),
        "logistic": described(logit, clusters, lags, back),
        "log_likelihood": float(result.llf),
        "weather_effect": average_change(result, scaled, risen),
        "level_b_effect": average_change(result, reference, switched),
    }
    (HERE / "statsmodels.json").write_text(json.dumps(values, indent=1) + "\n")


if __name__ == "__main__":
    main()
