//! Response models in both forms, from YAML to what the stages work from.

use super::{root, write};
use crate::config::job::{
    Adstock, Channel, Form, Interactions, Margin, Media, Model, ResponseModel, RoasPrior, Saturation, Trend,
    Worth,
};
use crate::config::{Inputs, load_job};
use crate::domain::{Calendar, Language, Party, PeriodKind, Role, StartOfWeek};

fn text(form: &str) -> String {
    std::fs::read_to_string(root().join(format!("tests/jobs/valid/response_{form}.yaml"))).unwrap()
}

fn model_of(text: &str) -> ResponseModel {
    let (_folder, file) = write(text);
    let loaded = load_job(&file, &root().join("sql"), &Inputs::default());
    let (job, _) = loaded.unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    assert!(job.outcome_models().next().is_none());
    job.response_model("revenue_response").unwrap().clone()
}

fn calendar(period: PeriodKind) -> Calendar {
    Calendar { period, starts: StartOfWeek::Monday, time_zone: chrono_tz::UTC }
}

#[test]
fn the_wide_form_names_columns_channel_by_channel() {
    let model = model_of(&text("wide"));
    assert_eq!(model.label.get(Language::De), "Reaktion des Umsatzes");
    assert_eq!(
        (model.table.as_str(), model.outcome.as_str(), model.at.as_str()),
        ("weekly_panel", "revenue", "week")
    );
    assert_eq!((model.unit.as_deref(), model.size.as_deref()), (Some("region"), Some("inhabitants")));
    assert_eq!(
        model.worth,
        Some(Worth { margin: Margin::Amount("gross_margin".into()), minus: vec!["service_cost".into()] })
    );
    assert_eq!(model.media, Media::Wide);
    let inputs: Vec<_> = model
        .channels
        .iter()
        .map(|channel| (channel.name.as_str(), channel.spend.as_deref(), channel.exposure.as_deref()))
        .collect();
    assert_eq!(
        inputs,
        [
            ("tv", Some("tv_spend"), Some("tv_grp")),
            ("search", Some("search_spend"), None),
            ("blog", None, Some("blog_visits")),
            ("field_sales", Some("field_sales"), None),
        ]
    );
    let [tv, search, _, field_sales] = &model.channels[..] else { panic!("{:?}", model.channels) };
    assert_eq!(
        (tv.adstock, tv.max_lag, tv.side.as_deref()),
        (Some(Adstock::Delayed), Some(26), Some("marketing"))
    );
    assert_eq!((tv.saturation, tv.prior, tv.no_effect), (None, None, None));
    assert_eq!(search.carries, ["tv", "blog"]);
    assert_eq!((search.adstock, search.saturation), (Some(Adstock::None), Some(Saturation::Hill)));
    assert_eq!(search.no_effect, Some(0.1));
    assert_eq!(field_sales.prior, Some(RoasPrior { mean: 2.5, standard_deviation: 1.0 }));
    let drivers: Vec<_> =
        model.drivers.iter().map(|driver| (driver.name.as_str(), driver.role, driver.party)).collect();
    assert_eq!(
        drivers,
        [
            ("demand_index", Role::Confounder, Some(Party::Third)),
            ("temperature", Role::Precision, None),
            ("own_price", Role::Lever, None),
            ("brand_searches", Role::MovedByUs, None),
        ]
    );
    assert_eq!((model.trend, model.yearly_harmonics, model.form), (Trend::Bending, 3, Form::Multiplicative));
    assert_eq!(
        model.interactions,
        Some(Interactions {
            channels: true,
            drivers: vec!["demand_index".into()],
            false_discovery_rate: 0.05
        })
    );
    assert_eq!(
        (model.experiments.as_deref(), model.explains.as_deref()),
        (Some("lift_tests"), Some("revenue"))
    );
    assert_eq!(Model::Response(model).reads(), ["weekly_panel", "lift_tests"]);
}

#[test]
fn the_long_form_leaves_the_channels_to_the_data() {
    let model = model_of(&text("long"));
    assert_eq!(
        model.media,
        Media::Long {
            table: "media".into(),
            key: "channel".into(),
            at: "week".into(),
            spend: Some("spend".into()),
            exposure: Some("impressions".into()),
        }
    );
    // The table dates its rows, and money is counted in the currency of the job.
    assert_eq!((model.at.as_str(), model.outcome_unit.as_str()), ("week", "EUR"));
    assert_eq!(model.label.get(Language::En), "revenue_response");
    assert_eq!(model.worth, Some(Worth { margin: Margin::Rate("margin_rate".into()), minus: Vec::new() }));
    let names: Vec<&str> = model.channels.iter().map(|channel| channel.name.as_str()).collect();
    assert_eq!(names, ["search", "Außenwerbung"]);
    assert!(model.channels.iter().all(|channel| channel.spend.is_none() && channel.exposure.is_none()));
    assert_eq!(model.channels[0].carries, ["tv"]);
    assert!(model.drivers.is_empty());
    assert_eq!((model.trend, model.yearly_harmonics, model.form), (Trend::Linear, 0, Form::Additive));
    assert_eq!(
        model.interactions,
        Some(Interactions { channels: true, drivers: Vec::new(), false_discovery_rate: 0.1 })
    );
    assert_eq!(Model::Response(model).reads(), ["weekly_panel", "media"]);
}

#[test]
fn a_channel_needs_no_more_than_its_spend() {
    let wide = text("wide");
    let start = wide.find("      label:").unwrap();
    let model = model_of(&format!(
        "{}      table: weekly_panel\n      outcome: revenue\n      channels: {{ each: {{ tv: {{ spend: tv }} }} }}\n\
         publish: {{ to: marts/sofas/ }}\n",
        &wide[..start]
    ));
    assert_eq!((model.unit, model.size, model.worth, model.interactions), (None, None, None, None));
    assert_eq!((model.experiments, model.explains, model.drivers.len()), (None, None, 0));
}

#[test]
fn carry_over_is_read_a_quarter_of_a_year_unless_stated() {
    let of = |wide: bool, channels: &[(Option<Adstock>, Option<u16>)], period| {
        let mut model = model_of(&text(if wide { "wide" } else { "long" }));
        let channel = model.channels[0].clone();
        model.channels = channels
            .iter()
            .map(|(adstock, max_lag)| Channel { adstock: *adstock, max_lag: *max_lag, ..channel.clone() })
            .collect();
        model.longest_lag(&calendar(period))
    };
    assert_eq!(of(true, &[(None, None)], PeriodKind::Week), 13);
    assert_eq!(of(true, &[(None, None)], PeriodKind::Day), 92);
    assert_eq!(of(true, &[(None, None)], PeriodKind::Month), 3);
    assert_eq!(of(true, &[(None, None)], PeriodKind::Year), 1);
    assert_eq!(of(true, &[(None, Some(4)), (Some(Adstock::Geometric), Some(8))], PeriodKind::Week), 8);
    assert_eq!(of(true, &[(Some(Adstock::None), Some(8))], PeriodKind::Week), 0);
    // The data may hold channels that the job says nothing about.
    assert_eq!(of(false, &[(None, Some(4))], PeriodKind::Week), 13);
    assert_eq!(of(false, &[(None, Some(26))], PeriodKind::Week), 26);
}
