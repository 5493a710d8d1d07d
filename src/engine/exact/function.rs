//! The SQL functions `sum`, `avg` and `mean`, exact for doubles.
//!
//! They stand under the built-in names, so that nobody has to know about them. For every type but
//! double they *are* the built-in functions. Over moving window frames the exact total takes values
//! out again without a trace, where the built-in accumulates what rounding left behind.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate::average::avg_udaf;
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, GroupsAccumulator, ReversedUDAF,
    SetMonotonicity, Signature, StatisticsArgs,
};

use super::accumulator::{DistinctAccumulator, ExactAccumulator};
use super::groups::ExactGroups;
use super::total::ExactTotal;

/// What is made of total and count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Sum,
    Mean,
}

impl Kind {
    /// The result, `None` (NULL) when there was nothing to add.
    pub(super) fn result(self, total: &ExactTotal, count: u64) -> Option<f64> {
        (count > 0).then(|| match self {
            Self::Sum => total.value(),
            Self::Mean => total.value() / count as f64,
        })
    }
}

/// `sum`, order-independent for doubles.
pub(crate) fn exact_sum() -> AggregateUDF {
    AggregateUDF::from(ExactFunction { kind: Kind::Sum, built_in: sum_udaf() })
}

/// `avg`, also called `mean`, order-independent for doubles.
pub(crate) fn exact_avg() -> AggregateUDF {
    AggregateUDF::from(ExactFunction { kind: Kind::Mean, built_in: avg_udaf() })
}

#[derive(Debug)]
struct ExactFunction {
    kind: Kind,
    built_in: Arc<AggregateUDF>,
}

// Two functions of a kind wrap the same built-in.
impl PartialEq for ExactFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Eq for ExactFunction {}

impl Hash for ExactFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
    }
}

fn is_double(fields: &[FieldRef]) -> bool {
    fields.first().is_some_and(|field| field.data_type() == &DataType::Float64)
}

impl AggregateUDFImpl for ExactFunction {
    fn name(&self) -> &str {
        self.built_in.name()
    }

    fn aliases(&self) -> &[String] {
        self.built_in.aliases()
    }

    fn signature(&self) -> &Signature {
        self.built_in.signature()
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        self.built_in.return_type(arg_types)
    }

    fn accumulator(&self, acc_args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match (is_double(acc_args.expr_fields), acc_args.is_distinct) {
            (true, false) => Ok(Box::new(ExactAccumulator::new(self.kind))),
            (true, true) => Ok(Box::new(DistinctAccumulator::new(self.kind))),
            (false, _) => self.built_in.accumulator(acc_args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        if is_double(args.expr_fields) {
            self.accumulator(args)
        } else {
            self.built_in.create_sliding_accumulator(args)
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        if args.is_distinct || !is_double(args.input_fields) {
            return self.built_in.state_fields(args);
        }
        Ok(vec![
            Arc::new(Field::new(format_state_name(args.name, "total"), DataType::Binary, true)),
            Arc::new(Field::new(format_state_name(args.name, "count"), DataType::UInt64, true)),
        ])
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        if is_double(args.expr_fields) {
            !args.is_distinct
        } else {
            self.built_in.groups_accumulator_supported(args)
        }
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        if is_double(args.expr_fields) {
            Ok(Box::new(ExactGroups::new(self.kind)))
        } else {
            self.built_in.create_groups_accumulator(args)
        }
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn value_from_stats(&self, statistics_args: &StatisticsArgs) -> Option<ScalarValue> {
        self.built_in.inner().value_from_stats(statistics_args)
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.built_in.inner().set_monotonicity(data_type)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.built_in.documentation()
    }
}
