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
),
-- Every week stands in the grid, so neighbors are the weeks before and after, not the rows.
near as (
    select
        w.week,
        w.region,
        m.temperature,
        lag(m.temperature) over weeks_of_region as temperature_before,
        lead(m.temperature) over weeks_of_region as temperature_after,
        m.rain,
        lag(m.rain) over weeks_of_region as rain_before,
        lead(m.rain) over weeks_of_region as rain_after,
        m.sunshine,
        lag(m.sunshine) over weeks_of_region as sunshine_before,
        lead(m.sunshine) over weeks_of_region as sunshine_after
    from weeks as w
    left join measured as m on m.week = w.week and m.region = w.region
    window weeks_of_region as (partition by w.region order by w.week)
)
-- A week without weather takes the middle of its neighbors, the newest one what the week before had.
-- Where two weeks in a row are missing, the first stays empty and a check says so.
select
    week,
    region,
    coalesce(
        temperature,
        (temperature_before + temperature_after) / 2.0,
        case when week = max(week) over () then temperature_before end
    ) as temperature,
    coalesce(
        rain, (rain_before + rain_after) / 2.0, case when week = max(week) over () then rain_before end
    ) as rain,
    coalesce(
        sunshine,
        (sunshine_before + sunshine_after) / 2.0,
        case when week = max(week) over () then sunshine_before end
    ) as sunshine,
    temperature is null as is_estimated
from near
