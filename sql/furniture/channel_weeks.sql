-- One row per week, region and channel: what was spent and the pressure that it bought.
-- key: week, region, channel
select
    week,
    region,
    channel,
    cast(sum(spend) as double) as spend,
    cast(sum(exposure) as double) as exposure
from media
group by week, region, channel
union all
-- Field sales is a channel like any other: money is spent, hours are what it buys.
select week, region, 'field_sales' as channel, cast(cost as double) as spend, hours as exposure
from sales_effort
