//! The files of the furniture lake and of its truth.

use std::sync::{Arc, Mutex, OnceLock};

use super::calendar::monday;
use super::company::Company;
use super::media::Campaigns;
use super::orders::Closing;
use super::reallocation::{Reallocation, best};
use super::world::{WARM_UP, WEEKS};
use super::{deals, environment, leads, media, operations, orders, truth};
use crate::demo::error::DemoError;
use crate::demo::lake::{
    Generator, Lake, LakePlace, LakeSettings, LakeWritten, Progress, write as write_lake,
};
use crate::demo::write::{LakeFile, Rows};

/// Folder of the lake below its place.
pub const LAKE: &str = "furniture";
/// Folder of the truth below the same place.
pub const TRUTH: &str = "furniture_truth";

const GENERATOR: Generator = Generator {
    folders: &[LAKE, TRUTH],
    marker: "furniture/_demo.json",
    sources: &[
        // Other versions of libraries may write other bytes.
        include_str!("../../../Cargo.lock"),
        include_str!("../random.rs"),
        include_str!("../sheet.rs"),
        include_str!("../write.rs"),
        include_str!("calendar.rs"),
        include_str!("channel.rs"),
        include_str!("company.rs"),
        include_str!("deals.rs"),
        include_str!("effects.rs"),
        include_str!("environment.rs"),
        include_str!("files.rs"),
        include_str!("leads.rs"),
        include_str!("market.rs"),
        include_str!("media.rs"),
        include_str!("operations.rs"),
        include_str!("orders.rs"),
        include_str!("outside.rs"),
        include_str!("purpose.rs"),
        include_str!("reallocation.rs"),
        include_str!("response.rs"),
        include_str!("spending.rs"),
        include_str!("truth.rs"),
        include_str!("world.rs"),
        include_str!("yardstick.rs"),
    ],
};

/// Writes the furniture lake and its truth to `place`, unless they are there already.
///
/// # Errors
///
/// When the scale is out of range, the place holds something else, or it cannot be read or written.
pub async fn write(
    place: &LakePlace,
    settings: LakeSettings,
    threads: usize,
    progress: Progress<'_>,
) -> Result<LakeWritten, DemoError> {
    settings.check()?;
    write_lake(place, settings, &GENERATOR, || lake(settings), threads, progress).await
}

fn lake(settings: LakeSettings) -> Lake {
    let company = Arc::new(Company::live(settings.seed, settings.scale, settings.without_effects));
    let campaigns = Arc::new(Campaigns::draw(settings.seed));
    let closing = Arc::new(Mutex::new(Closing::new()));
    let mut files = order_files(&company, &closing);
    files.extend(sales_files(&company, &campaigns));
    files.extend(media_files(&company, &campaigns));
    files.extend(outside_files(&company));
    files.extend(truth_files(&company));
    let counted = LakeFile::sheet(format!("{LAKE}/erp/daily_closing/part-0.parquet"), move || {
        orders::closing_sheet(&closing.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    });
    Lake { groups: vec![files, vec![counted]] }
}

fn weeks() -> std::ops::Range<usize> {
    WARM_UP..WARM_UP + WEEKS
}

fn order_files(company: &Arc<Company>, closing: &Arc<Mutex<Closing>>) -> Vec<LakeFile> {
    let lines = weeks().map(|week| {
        let (company, closing) = (Arc::clone(company), Arc::clone(closing));
        let path = format!("{LAKE}/erp/order_lines/export_week={}/part-0.parquet", monday(week));
        LakeFile::rows(path, move |rows| orders::order_lines(&company, week, rows, &closing))
    });
    let returns = weeks().map(|week| {
        let company = Arc::clone(company);
        let path = format!("{LAKE}/erp/returns/order_week={}/part-0.parquet", monday(week));
        LakeFile::rows(path, move |rows| orders::returns(&company, week, rows))
    });
    lines.chain(returns).collect()
}

/// Makes the rows of one week.
type WeekRows = fn(&Company, &Campaigns, usize, &mut Rows);

fn sales_files(company: &Arc<Company>, campaigns: &Arc<Campaigns>) -> Vec<LakeFile> {
    let tables: [(&str, WeekRows); 4] = [
        ("leads", leads::lead_rows),
        ("deals", deals::deal_rows),
        ("stages", deals::stage_rows),
        ("touches", deals::touch_rows),
    ];
    let mut files = Vec::new();
    for (table, make) in tables {
        // A quarter a file: few small files, and none that grows without bound.
        for first in weeks().step_by(13) {
            let (company, campaigns) = (Arc::clone(company), Arc::clone(campaigns));
            let path = format!("{LAKE}/crm/{table}/lead_quarter={}/part-0.parquet", monday(first));
            files.push(LakeFile::rows(path, move |rows| {
                for week in first..(first + 13).min(WARM_UP + WEEKS) {
                    make(&company, &campaigns, week, rows);
                }
            }));
        }
    }
    let effort = Arc::clone(company);
    files.push(LakeFile::sheet(format!("{LAKE}/crm/sales_effort/part-0.parquet"), move || {
        operations::sales_effort(&effort)
    }));
    files
}

fn media_files(company: &Arc<Company>, campaigns: &Arc<Campaigns>) -> Vec<LakeFile> {
    let (of_ads, of_agency, of_list) = (Arc::clone(campaigns), Arc::clone(campaigns), Arc::clone(campaigns));
    let (ads, agency) = (Arc::clone(company), Arc::clone(company));
    vec![
        LakeFile::sheet(format!("{LAKE}/media/ads/part-0.parquet"), move || media::ads(&ads, &of_ads)),
        LakeFile::sheet(format!("{LAKE}/media/campaigns/part-0.parquet"), move || of_list.sheet()),
        LakeFile::bytes(format!("{LAKE}/media/agency_nordlicht.csv"), move || {
            media::agency_export(&agency, &of_agency)
        }),
        of_company(company, "media/lift_tests", operations::lift_tests),
    ]
}

fn outside_files(company: &Arc<Company>) -> Vec<LakeFile> {
    vec![
        of_company(company, "erp/service_costs", operations::service_costs),
        of_company(company, "erp/price_index", operations::price_index),
        of_company(company, "web/sessions", operations::sessions),
        of_company(company, "stores/visitors", operations::visitors),
        of_company(company, "external/weather", environment::weather),
        of_company(company, "external/search_demand", environment::search_demand),
        of_company(company, "external/competitor_prices", environment::competitor_prices),
        of_company(company, "external/competitor_stores", environment::competitor_stores),
        of_company(company, "external/competitor_ads", environment::competitor_ads),
        of_company(company, "external/economy", environment::economy),
        LakeFile::sheet(format!("{LAKE}/external/holidays/part-0.parquet"), environment::holidays),
        LakeFile::sheet(format!("{LAKE}/master/regions/part-0.parquet"), environment::regions),
    ]
}

fn of_company(
    company: &Arc<Company>,
    table: &str,
    make: fn(&Company) -> crate::demo::sheet::Sheet,
) -> LakeFile {
    let company = Arc::clone(company);
    LakeFile::sheet(format!("{LAKE}/{table}/part-0.parquet"), move || make(&company))
}

fn truth_files(company: &Arc<Company>) -> Vec<LakeFile> {
    let path = |table: &str| format!("{TRUTH}/truth_{table}/part-0.parquet");
    let of = |table: &str, make: fn(&Company) -> crate::demo::sheet::Sheet| {
        let company = Arc::clone(company);
        LakeFile::sheet(path(table), move || make(&company))
    };
    // Two files tell of the same optimum; it is found once.
    let found: Arc<OnceLock<Reallocation>> = Arc::new(OnceLock::new());
    let of_best = |table: &str, make: fn(&Company, &Reallocation) -> crate::demo::sheet::Sheet| {
        let (company, found) = (Arc::clone(company), Arc::clone(&found));
        LakeFile::sheet(path(table), move || {
            make(&company, found.get_or_init(|| best(&company.market, &truth::last_year())))
        })
    };
    let contributions = Arc::clone(company);
    vec![
        of("panel", truth::panel),
        of("channels", truth::channels),
        of("transforms", truth::transforms),
        LakeFile::rows(path("contributions"), move |rows| truth::contributions(&contributions, rows)),
        of_best("reallocation", truth::reallocation),
        of_best("reallocation_gain", truth::reallocation_gain),
        LakeFile::sheet(path("drivers"), truth::drivers),
        LakeFile::sheet(path("hazards"), truth::hazards),
        LakeFile::sheet(path("acceptance"), truth::acceptance),
        LakeFile::sheet(path("clicks"), truth::clicks),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_part_of_the_fingerprint() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/demo/furniture");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let texts: Vec<String> = files
            .filter(|path| !path.ends_with("mod.rs"))
            .map(|path| std::fs::read_to_string(path).unwrap())
            .collect();
        assert!(texts.iter().all(|text| GENERATOR.sources.contains(&text.as_str())));
        assert_eq!(GENERATOR.sources.len(), texts.len() + 4);
    }
}
