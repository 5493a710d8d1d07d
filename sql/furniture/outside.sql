-- One row per week and region: the world outside as it was then.
-- key: week, region
with
-- A competitor's price counts in a region by its stores there.
competitor_price as (
    select p.week, s.region, sum(p.price_index * s.stores) / sum(s.stores) as competitor_price
    from competitor_prices as p
    join competitor_stores as s on s.competitor = p.competitor
    group by p.week, s.region
),
competitor_pressure as (
    select week, region, sum(rating_points) as competitor_ads
    from competitor_ads
    group by week, region
),
-- Holidays close stores from Monday to Saturday; a holiday on Sunday changes nothing. Days are counted, not
-- rows, so that the count is known to come from outside data.
closed as (
    select cast(date_trunc('week', day) as date) as week, region, count(day) as holidays
    from holidays
    where date_part('dow', day) <> 0
    group by 1, 2
),
-- Confidence is published when its month is over: a week knows the month before.
confidence as (
    select cast(month + interval '1 month' as date) as known_from, consumer_confidence
    from economy
)
select
    w.week,
    w.region,
    d.search_index as market_demand,
    p.competitor_price,
    a.competitor_ads,
    c.consumer_confidence,
    t.temperature,
    -- People stay out of stores when it is hot, not when it is mild: degrees above 16 count.
    greatest(t.temperature - 16.0, 0.0) as heat,
    t.rain,
    coalesce(h.holidays, 0) as holidays
from weeks as w
left join search_demand as d on d.week = w.week and d.region = w.region
left join competitor_price as p on p.week = w.week and p.region = w.region
left join competitor_pressure as a on a.week = w.week and a.region = w.region
left join weather_weekly as t on t.week = w.week and t.region = w.region
left join closed as h on h.week = w.week and h.region = w.region
-- The month is that of the week's Monday, and joined by equality: a join by `between` multiplies rows
-- as soon as two entries overlap.
left join confidence as c on c.known_from = cast(date_trunc('month', w.week) as date)
