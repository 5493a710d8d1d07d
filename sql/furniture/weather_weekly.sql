-- One row per week and region: the weather, with gaps of the provider filled.
-- key: week, region
with
measured as (
    select
        cast(date_trunc('week', day) as date) as week,
        region,
        avg(temperature) as temperature,
        sum(rain) as rain,
        sum(sunshine) as sunshine
    from weather
    group by 1, 2
)
select
    w.week,
    w.region,
    -- A week without weather takes the middle of its neighbors. Where two weeks in a row are missing,
    -- it stays empty and a check says so.
    coalesce(m.temperature, (lag(m.temperature) over near + lead(m.temperature) over near) / 2.0) as temperature,
    coalesce(m.rain, (lag(m.rain) over near + lead(m.rain) over near) / 2.0) as rain,
    coalesce(m.sunshine, (lag(m.sunshine) over near + lead(m.sunshine) over near) / 2.0) as sunshine,
    m.temperature is null as is_estimated
from weeks as w
left join measured as m on m.week = w.week and m.region = w.region
window near as (partition by w.region order by w.week)
