//! The furniture retailer as a description: who it is, where it sells, what really moves its sales.
//!
//! What moves revenue stands here; leads, deals, campaigns and the dirt are described at the heads of
//! their own files. Revenue of a region and week is, per 1,000 inhabitants,
//!
//! ```text
//! affinity × level × [ exp(trend + season + demand + prices + competitors + economy + weather + holidays)
//!                      + demand^κ × (Σ channels: size × saturation(carry-over(exposure)) + synergy) ] + noise
//! ```

use super::channel::{CarryOver, Channel, Flights, Saturation};
use chrono::NaiveDate;

/// Weeks in the lake.
pub const WEEKS: usize = 208;
/// Weeks before the lake that the world lives through, so that it begins with carry-over.
pub const WARM_UP: usize = 26;
/// Weeks after the lake in which spend of its last weeks is still felt.
pub const AFTER: usize = 13;

/// First Monday of the lake.
pub const FIRST_MONDAY: NaiveDate = match NaiveDate::from_ymd_opt(2021, 1, 4) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Time zone of the company's calendar.
pub const TIME_ZONE: chrono_tz::Tz = chrono_tz::Europe::Berlin;

/// A region: one of the sixteen states of Germany.
#[derive(Debug, Clone, Copy)]
pub struct Region {
    /// Code in the company's systems.
    pub code: &'static str,
    /// Name in the agency's exports.
    pub name: &'static str,
    /// Inhabitants in thousands.
    pub inhabitants: f64,
    /// Mean temperature of the year, °C.
    pub temperature: f64,
}

/// Regions in the order of their codes.
pub const REGIONS: [Region; 16] = [
    region("BB", "Brandenburg", 2_573.0, 10.0),
    region("BE", "Berlin", 3_755.0, 10.6),
    region("BW", "Baden-Württemberg", 11_280.0, 9.6),
    region("BY", "Bayern", 13_369.0, 9.1),
    region("HB", "Bremen", 685.0, 10.1),
    region("HE", "Hessen", 6_391.0, 9.9),
    region("HH", "Hamburg", 1_892.0, 10.0),
    region("MV", "Mecklenburg-Vorpommern", 1_628.0, 9.3),
    region("NI", "Niedersachsen", 8_140.0, 10.0),
    region("NW", "Nordrhein-Westfalen", 18_139.0, 10.4),
    region("RP", "Rheinland-Pfalz", 4_159.0, 10.0),
    region("SH", "Schleswig-Holstein", 2_953.0, 9.5),
    region("SL", "Saarland", 993.0, 10.2),
    region("SN", "Sachsen", 4_086.0, 9.5),
    region("ST", "Sachsen-Anhalt", 2_187.0, 10.0),
    region("TH", "Thüringen", 2_127.0, 9.0),
];

/// Number of regions.
pub const UNITS: usize = REGIONS.len();

/// Inhabitants of a region of average size, in thousands.
pub const AVERAGE_INHABITANTS: f64 = {
    let mut sum = 0.0;
    let mut unit = 0;
    while unit < UNITS {
        sum += REGIONS[unit].inhabitants;
        unit += 1;
    }
    sum / UNITS as f64
};

const fn region(code: &'static str, name: &'static str, inhabitants: f64, temperature: f64) -> Region {
    Region { code, name, inhabitants, temperature }
}

/// Revenue per 1,000 inhabitants and week before media, in euros, at scale 1.
pub const LEVEL: f64 = 8.0;
/// Spread of the regions' affinity to the company.
pub const AFFINITY: f64 = 0.15;
/// Growth of the level per year.
pub const TREND: f64 = 0.02;
/// Season of the level: pairs of sine and cosine, with the year as period.
pub const SEASON: [(f64, f64); 3] = [(-0.02, 0.07), (-0.03, 0.03), (0.02, 0.01)];
/// Relative change of the level per relative change of market demand.
pub const DEMAND: f64 = 0.6;
/// Relative change of media response per relative change of market demand.
pub const DEMAND_IN_MEDIA: f64 = 0.5;
/// Elasticity of the level to the company's own prices.
pub const OWN_PRICE: f64 = -1.2;
/// Elasticity of the level to the competitors' prices.
pub const COMPETITOR_PRICE: f64 = 0.7;
/// Relative change of the level per 100 points of the competitors' advertising pressure.
pub const COMPETITOR_ADS: f64 = -0.04;
/// Relative change of the level per point of consumer confidence.
pub const CONFIDENCE: f64 = 0.004;
/// Relative change of the level per degree above [`WARM`] in the mean of a week.
pub const HEAT: f64 = -0.012;
/// Mean temperature of a week, °C, above which people stay out of furniture stores.
pub const WARM: f64 = 16.0;
/// Relative change of the level per millimeter of rain in a week.
pub const RAIN: f64 = 0.0012;
/// Relative change of the level per public holiday from Monday to Saturday.
pub const HOLIDAY: f64 = -0.07;

/// How far own prices follow the competitors' of the week before.
pub const PRICE_FOLLOWS: f64 = 0.5;

/// Standard deviation of a region's noise, as a share of the level.
pub const NOISE: f64 = 0.026;
/// Standard deviation of the noise that all regions share in a week.
pub const COMMON_NOISE: f64 = 0.010;
/// Correlation of a region's noise from week to week.
pub const NOISE_MEMORY: f64 = 0.5;

/// Places of channels in [`CHANNELS`] that the description speaks of.
pub mod place {
    /// Television.
    pub const TV: usize = 0;
    /// Paid search.
    pub const SEARCH: usize = 1;
    /// Social media.
    pub const SOCIAL: usize = 2;
    /// Display, the channel without effect.
    pub const DISPLAY: usize = 6;
    /// Print, which brings leads by telephone.
    pub const PRINT: usize = 7;
    /// E-mail.
    pub const EMAIL: usize = 8;
    /// Field sales.
    pub const FIELD_SALES: usize = 9;
}

/// Number of channels.
pub const CHANNEL_COUNT: usize = 10;

/// Share by which full response to television raises paid search: brand searches that ads catch.
pub const SEARCH_CARRIES: f64 = 0.8;
/// Revenue per euro of level that television and social media bring together beyond their sum, at
/// full response of both.
pub const SYNERGY: f64 = 0.12;
/// The two channels of the synergy.
pub const SYNERGY_OF: (usize, usize) = (place::TV, place::SOCIAL);

const ALWAYS_ON: Option<Flights> = None;

const fn flights(on: (u64, u64), off: (u64, u64), low: f64, groups: u64) -> Flights {
    Flights { on, off, low, groups }
}

const BASE: Channel = Channel {
    name: "",
    exposure: "impressions",
    cost_per_thousand: 10.0,
    share: 0.0,
    roas: 0.0,
    carry_over: CarryOver::Geometric { retention: 0.0 },
    saturation: Saturation::Hill { slope: 1.0 },
    half: 1.5,
    follows_demand: 0.0,
    follows_revenue: 0.0,
    noise_national: 0.15,
    noise_regional: 0.25,
    flights: ALWAYS_ON,
    side: "marketing",
    by_agency: false,
};

/// All channels.
pub const CHANNELS: [Channel; CHANNEL_COUNT] = [
    Channel {
        name: "tv",
        cost_per_thousand: 14.0,
        share: 0.016,
        roas: 2.2,
        carry_over: CarryOver::Delayed { retention: 0.55, shape: 1.0 },
        saturation: Saturation::Logistic,
        half: 1.6,
        noise_regional: 0.2,
        flights: Some(flights((4, 7), (3, 6), 0.15, 4)),
        ..BASE
    },
    Channel {
        name: "search",
        exposure: "clicks",
        cost_per_thousand: 900.0,
        share: 0.011,
        roas: 4.0,
        carry_over: CarryOver::Geometric { retention: 0.1 },
        half: 1.8,
        follows_demand: 0.9,
        follows_revenue: 0.2,
        ..BASE
    },
    Channel {
        name: "social",
        cost_per_thousand: 7.0,
        share: 0.009,
        roas: 3.2,
        carry_over: CarryOver::Geometric { retention: 0.3 },
        half: 1.5,
        follows_demand: 0.3,
        follows_revenue: 0.4,
        noise_regional: 0.35,
        ..BASE
    },
    Channel {
        name: "video",
        cost_per_thousand: 12.0,
        share: 0.007,
        roas: 2.6,
        carry_over: CarryOver::Geometric { retention: 0.45 },
        saturation: Saturation::Exponential,
        noise_regional: 0.35,
        ..BASE
    },
    Channel {
        name: "radio",
        cost_per_thousand: 4.0,
        share: 0.006,
        roas: 2.2,
        carry_over: CarryOver::Geometric { retention: 0.35 },
        flights: Some(flights((2, 4), (2, 5), 0.05, 8)),
        by_agency: true,
        ..BASE
    },
    Channel {
        name: "out_of_home",
        cost_per_thousand: 5.0,
        share: 0.006,
        roas: 2.0,
        carry_over: CarryOver::Delayed { retention: 0.6, shape: 1.5 },
        saturation: Saturation::Exponential,
        flights: Some(flights((3, 6), (4, 8), 0.05, 8)),
        by_agency: true,
        ..BASE
    },
    Channel {
        name: "display",
        cost_per_thousand: 3.0,
        share: 0.006,
        carry_over: CarryOver::Geometric { retention: 0.2 },
        follows_demand: 0.6,
        follows_revenue: 0.3,
        noise_regional: 0.3,
        ..BASE
    },
    Channel {
        name: "print",
        exposure: "copies",
        cost_per_thousand: 60.0,
        share: 0.008,
        roas: 1.9,
        carry_over: CarryOver::Geometric { retention: 0.25 },
        saturation: Saturation::Hill { slope: 1.4 },
        flights: Some(flights((1, 3), (1, 3), 0.1, 8)),
        by_agency: true,
        ..BASE
    },
    Channel {
        name: "email",
        exposure: "sends",
        cost_per_thousand: 2.5,
        share: 0.0025,
        roas: 7.0,
        noise_regional: 0.45,
        ..BASE
    },
    Channel {
        name: "field_sales",
        exposure: "hours",
        cost_per_thousand: 65_000.0,
        share: 0.008,
        roas: 3.6,
        carry_over: CarryOver::Geometric { retention: 0.5 },
        saturation: Saturation::Exponential,
        half: 1.5,
        follows_demand: 0.2,
        follows_revenue: 0.3,
        noise_regional: 0.3,
        side: "sales",
        ..BASE
    },
];

/// A test that marketing ran: one channel raised in some regions for some weeks.
#[derive(Debug, Clone, Copy)]
pub struct LiftTest {
    /// Place in [`CHANNELS`].
    pub channel: usize,
    /// Codes of the regions.
    pub regions: [&'static str; 2],
    /// First week, counted from the beginning of the lake.
    pub first_week: usize,
    /// Number of weeks.
    pub weeks: usize,
    /// Spend during the test as a multiple of the plan.
    pub factor: f64,
    /// Standard error of the measured lift, as a share of the true one or of the spend, whichever is more.
    pub relative_error: f64,
}

/// The one lift test.
pub const LIFT_TEST: LiftTest = LiftTest {
    channel: place::SOCIAL,
    regions: ["HH", "SN"],
    first_week: 118,
    weeks: 8,
    factor: 1.8,
    relative_error: 0.15,
};
