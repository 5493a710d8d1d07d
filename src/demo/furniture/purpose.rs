//! What random streams are for. A number is never used twice and never changed: either would change
//! the lakes of every seed.

pub(super) const DEMAND: u16 = 1;
pub(super) const STORES: u16 = 2;
pub(super) const PRICES: u16 = 3;
pub(super) const PRESSURE: u16 = 4;
pub(super) const ECONOMY: u16 = 5;
pub(super) const WEATHER: u16 = 6;
pub(super) const AFFINITY: u16 = 10;
pub(super) const OWN_PRICE: u16 = 11;
pub(super) const FLIGHTS: u16 = 12;
pub(super) const SPEND: u16 = 13;
pub(super) const COST: u16 = 14;
pub(super) const NOISE: u16 = 15;
pub(super) const LIFT: u16 = 16;
pub(super) const ORDERS: u16 = 20;
pub(super) const LATE_ORDERS: u16 = 21;
pub(super) const RETURNS: u16 = 22;
pub(super) const SERVICE: u16 = 23;
pub(super) const EXPORTS: u16 = 24;
pub(super) const MEDIA: u16 = 30;
pub(super) const WEB: u16 = 31;
pub(super) const LEADS: u16 = 40;
pub(super) const DEALS: u16 = 41;
