//! Words in the names of folders and columns, and what they usually mean. Whatever is concluded from them is said in a
//! comment, so that people can disagree.

/// Words of a name: `adSpend_EUR` is `ad`, `spend`, `eur`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_is_lower = false;
    for letter in name.chars() {
        let is_new = !letter.is_alphanumeric() || (letter.is_uppercase() && before_is_lower);
        if is_new && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before_is_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn has(name: &str, of: &[&str]) -> bool {
    words(name).iter().any(|word| of.contains(&word.as_str()))
}

/// Folders with data from outside, and what those are about.
const OUTSIDE: &[(&[&str], &str)] = &[
    (&["weather", "climate", "wetter"], "weather"),
    (&["competitor", "competitors", "competition", "wettbewerb", "wettbewerber"], "competitor"),
    (&["holiday", "holidays", "feiertage", "vacations"], "calendar"),
    (&["economy", "economic", "macro", "inflation", "census", "konjunktur"], "economy"),
    (&["market", "demand", "trends", "benchmark", "benchmarks", "markt", "nachfrage"], "market"),
];
const EXTERNAL: &[&str] = &["external", "outside", "extern", "third", "thirdparty", "public", "opendata"];

/// What data at `path` are about, if they sound like data from outside: the word at fault, then the subject.
pub(super) fn outside(path: &str, name: &str) -> Option<(String, String)> {
    let all = words(path);
    for (known, about) in OUTSIDE {
        if let Some(word) = all.iter().find(|word| known.contains(&word.as_str())) {
            return Some((word.clone(), (*about).to_owned()));
        }
    }
    let word = all.iter().find(|word| EXTERNAL.contains(&word.as_str()))?;
    Some((word.clone(), name.to_owned()))
}

/// True for names of what identifies something.
pub(super) fn is_id(name: &str) -> bool {
    const LAST: &[&str] = &["id", "key", "uuid", "nr", "no", "number", "code", "sku", "nummer"];
    words(name).last().is_some_and(|word| LAST.contains(&word.as_str()))
}

const ADDITIVE: &[&str] = &[
    "amount",
    "revenue",
    "turnover",
    "sales",
    "spend",
    "cost",
    "costs",
    "budget",
    "margin",
    "fee",
    "fees",
    "quantity",
    "qty",
    "units",
    "items",
    "impressions",
    "clicks",
    "views",
    "sessions",
    "visits",
    "visitors",
    "orders",
    "leads",
    "hours",
    "conversions",
    "contacts",
    "points",
    "count",
    "cnt",
    "rentals",
    "umsatz",
    "kosten",
    "betrag",
    "menge",
    "kontakte",
];
const NOT_ADDITIVE: &[&str] = &[
    "index",
    "rate",
    "share",
    "ratio",
    "price",
    "average",
    "avg",
    "mean",
    "percent",
    "pct",
    "score",
    "temperature",
    "per",
    "discount",
    "error",
    "lift",
    "response",
    "change",
    "inhabitants",
];

/// True for figures that may be summed up.
pub(super) fn is_additive(name: &str) -> bool {
    !is_id(name) && has(name, ADDITIVE) && !has(name, NOT_ADDITIVE)
}

/// True for amounts of money.
pub(super) fn is_money(name: &str) -> bool {
    const MONEY: &[&str] = &[
        "amount", "revenue", "turnover", "spend", "cost", "costs", "budget", "margin", "fee", "fees",
        "umsatz", "kosten", "betrag",
    ];
    has(name, MONEY)
}

/// How much a figure looks like success, 0 most; `None` if not at all.
pub(super) fn success(column: &str) -> Option<usize> {
    const SUCCESS: &[&[&str]] = &[
        &["revenue", "turnover", "umsatz"],
        &["amount", "betrag", "sales"],
        &["orders", "rentals", "units", "quantity", "qty", "menge", "items"],
        &["conversions", "leads"],
        &["visitors", "sessions", "visits"],
    ];
    if has(column, &["cost", "costs", "spend", "budget"]) {
        return None;
    }
    SUCCESS.iter().position(|words| has(column, words))
}

/// True for sources of what was sold.
pub(super) fn is_sale(source: &str) -> bool {
    const SALE: &[&str] = &[
        "order",
        "orders",
        "sale",
        "sales",
        "revenue",
        "transactions",
        "invoices",
        "bookings",
        "purchases",
        "bestellungen",
    ];
    has(source, SALE)
        && !has(
            source,
            &["return", "returns", "refunds", "plan", "plans", "budget", "effort", "cost", "costs"],
        )
}

/// True for places of what was spent on media.
pub(super) fn is_media(path: &str) -> bool {
    has(path, &["media", "ads", "ad", "advertising", "campaigns", "marketing", "agency", "channels", "spend"])
}

/// True for what was spent.
pub(super) fn is_spend(column: &str) -> bool {
    has(column, &["spend", "cost", "costs", "kosten"])
}

/// True for columns that people look at figures by.
pub(super) fn is_dimension(name: &str) -> bool {
    const DIMENSION: &[&str] = &[
        "region",
        "country",
        "state",
        "store",
        "channel",
        "platform",
        "group",
        "category",
        "segment",
        "brand",
        "source",
        "unit",
        "medium",
        "type",
        "competitor",
        "product",
        "topic",
    ];
    has(name, DIMENSION)
}

/// How little a date looks like the day that a row is about: 0 for `day` and `week`, 3 for `updated_at`.
pub(super) fn date_rank(name: &str) -> usize {
    const LATE: &[&str] = &[
        "updated",
        "update",
        "modified",
        "changed",
        "exported",
        "export",
        "loaded",
        "load",
        "imported",
        "ingested",
        "end",
        "closed",
        "rejected",
        "accepted",
        "valid",
        "shipped",
        "delivered",
        "partition",
    ];
    if has(name, LATE) {
        3
    } else if has(name, &["day", "date", "week", "month", "datum", "tag", "woche", "monat"]) {
        0
    } else if has(name, &["created", "ordered", "order", "opened", "sold", "started", "start"]) {
        1
    } else {
        2
    }
}

/// True for columns that a system writes when it changes a row.
pub(super) fn is_change(name: &str) -> bool {
    has(name, &["updated", "modified", "changed"])
}

/// True for the first day of a span whose last day is another column.
pub(super) fn is_beginning(name: &str) -> bool {
    has(name, &["start", "begin", "from"])
}

/// True for the first day of something that goes on, such as a campaign or a price.
pub(super) fn goes_on(name: &str) -> bool {
    has(name, &["first", "valid", "since", "from"])
}

/// True for the last day of a span.
pub(super) fn is_ending(name: &str) -> bool {
    has(name, &["end", "until", "to"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_into_words() {
        assert_eq!(words("adSpend_EUR"), ["ad", "spend", "eur"]);
        assert_eq!(words("lake/erp/order-lines/"), ["lake", "erp", "order", "lines"]);
        assert!(is_id("order_id") && is_id("LineNumber") && !is_id("paid"));
    }

    #[test]
    fn data_from_outside_are_known_by_their_folders() {
        let about = |path: &str, name: &str| outside(path, name).map(|(_, about)| about);
        assert_eq!(about("lake/external/weather/", "weather").as_deref(), Some("weather"));
        assert_eq!(about("lake/competitor_ads/", "competitor_ads").as_deref(), Some("competitor"));
        assert_eq!(about("lake/external/stations/", "stations").as_deref(), Some("stations"));
        assert_eq!(about("lake/erp/orders/", "orders"), None);
        // Money spent on marketing is the company's own.
        assert_eq!(about("lake/marketing/spend/", "spend"), None);
    }

    #[test]
    fn figures_are_summed_only_where_sums_mean_something() {
        for name in ["net_amount", "spend", "visitors", "delivery_cost"] {
            assert!(is_additive(name), "{name}");
        }
        for name in ["price_index", "order_id", "temperature", "cost_per_click", "response_hours"] {
            assert!(!is_additive(name), "{name}");
        }
        assert!(success("revenue") < success("net_amount") && success("cost_amount").is_none());
    }
}
