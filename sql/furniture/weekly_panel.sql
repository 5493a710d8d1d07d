-- One row per week and region: what was sold, what it cost, what was spent, and the world outside.
-- key: week, region
with
sales as (
    select
        cast(date_trunc('week', day) as date) as week,
        region,
        sum(revenue) as revenue,
        sum(cost_of_goods) as cost_of_goods,
        sum(orders) as orders
    from daily_sales
    group by 1, 2
),
returned as (
    select
        cast(date_trunc('week', returned_on) as date) as week,
        region,
        sum(net_amount) as returned_revenue,
        sum(net_amount - cost_amount) as returned_margin
    from returns
    group by 1, 2
),
-- One column per channel. Weeks off air have spend too, so an empty one is a gap and a check says so.
spent as (
    select
        week,
        region,
        sum(spend) as media_cost,
        sum(spend) filter (where channel = 'tv') as tv,
        sum(spend) filter (where channel = 'search') as search,
        sum(spend) filter (where channel = 'social') as social,
        sum(spend) filter (where channel = 'video') as video,
        sum(spend) filter (where channel = 'radio') as radio,
        sum(spend) filter (where channel = 'out_of_home') as out_of_home,
        sum(spend) filter (where channel = 'display') as display,
        sum(spend) filter (where channel = 'print') as print,
        sum(spend) filter (where channel = 'email') as email
    from media
    group by week, region
),
visited as (
    select cast(date_trunc('week', day) as date) as week, region, sum(visitors) as store_visitors
    from visitors
    group by 1, 2
),
browsed as (
    select cast(date_trunc('week', day) as date) as week, region, sum(sessions) as web_sessions
    from sessions
    group by 1, 2
)
select
    w.week,
    w.region,
    w.inhabitants_thousands,
    cast(s.revenue as double) as revenue,
    cast(s.revenue - s.cost_of_goods as double) as gross_margin,
    cast(coalesce(r.returned_revenue, 0) as double) as returned_revenue,
    cast(coalesce(r.returned_margin, 0) as double) as returned_margin,
    cast(k.delivery_cost + k.assembly_cost + k.complaint_cost as double) as service_cost,
    cast(m.media_cost as double) as marketing_cost,
    cast(e.cost as double) as sales_cost,
    s.orders,
    v.store_visitors,
    b.web_sessions,
    -- Regions differ in size thirtyfold. Per 1,000 inhabitants they can share one model.
    cast(s.revenue as double) / w.inhabitants_thousands as revenue_per_1000,
    cast(m.tv as double) / w.inhabitants_thousands as tv,
    cast(m.search as double) / w.inhabitants_thousands as search,
    cast(m.social as double) / w.inhabitants_thousands as social,
    cast(m.video as double) / w.inhabitants_thousands as video,
    cast(m.radio as double) / w.inhabitants_thousands as radio,
    cast(m.out_of_home as double) / w.inhabitants_thousands as out_of_home,
    cast(m.display as double) / w.inhabitants_thousands as display,
    cast(m.print as double) / w.inhabitants_thousands as print,
    cast(m.email as double) / w.inhabitants_thousands as email,
    cast(e.cost as double) / w.inhabitants_thousands as field_sales,
    p.price_index as own_price,
    o.market_demand,
    o.competitor_price,
    o.competitor_ads,
    o.consumer_confidence,
    o.heat,
    o.rain,
    o.holidays
from weeks as w
left join sales as s on s.week = w.week and s.region = w.region
left join returned as r on r.week = w.week and r.region = w.region
left join service_costs as k on k.week = w.week and k.region = w.region
left join spent as m on m.week = w.week and m.region = w.region
left join sales_effort as e on e.week = w.week and e.region = w.region
left join visited as v on v.week = w.week and v.region = w.region
left join browsed as b on b.week = w.week and b.region = w.region
left join price_index as p on p.week = w.week and p.region = w.region
left join outside as o on o.week = w.week and o.region = w.region
