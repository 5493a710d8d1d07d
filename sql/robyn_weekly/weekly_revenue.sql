-- One row per week: revenue, events and media (own data) with the competitor and the holidays (outside data).
-- key: week
select
    s."DATE" as week,
    s.revenue,
    s.events = 'event1' as event1,
    s.events = 'event2' as event2,
    m."tv_S" + m."ooh_S" + m."print_S" + m."facebook_S" + m."search_S" as media_spend,
    m."tv_S" as tv_spend,
    m."ooh_S" as ooh_spend,
    m."print_S" as print_spend,
    m."facebook_S" as facebook_spend,
    m."facebook_I" as facebook_impressions,
    m."search_S" as search_spend,
    m."search_clicks_P" as search_clicks,
    m.newsletter,
    c."competitor_sales_B" as competitor_sales,
    -- A week that is not in the list had none: that is known, not missing.
    coalesce(h.holidays, 0) as holidays
from sales as s
join media as m on m."DATE" = s."DATE"
join competitor as c on c."DATE" = s."DATE"
left join holiday_weeks as h on h.week = s."DATE"
where s."DATE" < $end
