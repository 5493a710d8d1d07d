//! A KPI's values next to those of the period before and of the year before.
//!
//! Separate from reading, because which period is "one year before" is a matter of the calendar
//! (52 weeks, not 365 days) and is tested without a query.

use std::collections::BTreeMap;

use super::read::{CellKey, Figures};
use super::result::KpiValue;
use crate::domain::{Calendar, Window};

/// Builds the values of the periods in `window`, ordered by period, level and cell.
///
/// A cell that had rows in an earlier period and has none now gets no row: whether that means zero
/// or "not measured" is known to the analyst alone, who can say it in SQL.
pub(super) fn with_earlier_periods(
    kpi: &str,
    figures: &BTreeMap<CellKey, Figures>,
    calendar: Calendar,
    window: Window,
) -> Vec<KpiValue> {
    let value_at = |key: &CellKey, period_start| {
        let key = CellKey { period_start, ..key.clone() };
        figures.get(&key).and_then(|figures| figures.value)
    };
    figures
        .iter()
        .filter(|(key, _)| (window.start()..window.end()).contains(&key.period_start))
        .map(|(key, figures)| KpiValue {
            kpi: kpi.to_owned(),
            period_start: key.period_start,
            cell: key.cell.clone(),
            value: figures.value,
            numerator: figures.numerator,
            denominator: figures.denominator,
            previous_period: value_at(key, calendar.shift(key.period_start, -1)),
            previous_year: value_at(key, calendar.year_before(key.period_start)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::kpis::fixtures::{months, window};
    use crate::kpis::result::CellMember;

    fn at(period: &str, member: Option<&str>) -> CellKey {
        let cell: Vec<CellMember> = member
            .map(|member| CellMember { dimension: "season".to_owned(), member: member.to_owned() })
            .into_iter()
            .collect();
        CellKey { period_start: period.parse::<NaiveDate>().unwrap(), level: cell.len(), cell }
    }

    fn value(value: f64) -> Figures {
        Figures { value: Some(value), numerator: None, denominator: None }
    }

    #[test]
    fn only_the_windows_periods_come_out_and_look_back_at_the_others() {
        let figures = BTreeMap::from([
            (at("2011-03-01", None), value(1.0)),
            (at("2012-02-01", None), value(2.0)),
            (at("2012-03-01", None), value(3.0)),
            (at("2012-03-01", Some("spring")), value(4.0)),
        ]);
        let values = with_earlier_periods("k", &figures, months(), window("2012-03-01", "2012-04-01"));
        assert_eq!(values.len(), 2);
        assert_eq!((values[0].previous_period, values[0].previous_year), (Some(2.0), Some(1.0)));
        assert_eq!((values[1].previous_period, values[1].previous_year), (None, None));
    }

    #[test]
    fn a_cell_that_has_gone_gets_no_row() {
        let figures = BTreeMap::from([
            (at("2012-02-01", Some("winter")), value(2.0)),
            (at("2012-03-01", None), value(3.0)),
        ]);
        let values = with_earlier_periods("k", &figures, months(), window("2012-03-01", "2012-04-01"));
        assert_eq!(values.len(), 1);
        assert!(values[0].cell.is_empty());
    }
}
