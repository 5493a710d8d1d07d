-- One row per week and geo: revenue, promotion and media (own data) with competitors, sentiment and
-- inhabitants (outside data).
-- key: week, geo
--
-- The published outcome is counted in conversions. Money is what budgets are compared with, so it is turned
-- into revenue here, row by row: a mean price would hide weeks in which conversions were bought with discounts.
select
    s.time as week,
    s.geo,
    i.population,
    s.conversions,
    s.conversions * s.revenue_per_conversion as revenue,
    s."Promo" as promotion,
    m."Channel0_spend" + m."Channel1_spend" + m."Channel2_spend" + m."Channel3_spend" + m."Channel4_spend"
        as media_spend,
    m."Channel0_spend" as channel_0_spend,
    m."Channel1_spend" as channel_1_spend,
    m."Channel2_spend" as channel_2_spend,
    m."Channel3_spend" as channel_3_spend,
    m."Channel4_spend" as channel_4_spend,
    m."Channel0_impression" as channel_0_impressions,
    m."Channel1_impression" as channel_1_impressions,
    m."Channel2_impression" as channel_2_impressions,
    m."Channel3_impression" as channel_3_impressions,
    m."Channel4_impression" as channel_4_impressions,
    m."Organic_channel0_impression" as organic_impressions,
    c.competitor_sales_control as competitor_sales,
    o.sentiment_score_control as sentiment
from sales as s
join media as m on m.time = s.time and m.geo = s.geo
join competitors as c on c.time = s.time and c.geo = s.geo
join sentiment as o on o.time = s.time and o.geo = s.geo
join inhabitants as i on i.time = s.time and i.geo = s.geo
where s.time < $end
