-- One row per day: rentals (own data) with the weather and the calendar of the day (outside data).
-- key: day
--
-- The published weather columns are scaled to 0..1. Undo that, so that effects read in units
-- people know: temperature was (t + 8) / 47, humidity h / 100, wind speed v / 67.
select
    r.dteday as day,
    case d.season when 1 then 'winter' when 2 then 'spring' when 3 then 'summer' else 'autumn' end as season,
    case d.weekday
        when 0 then 'Sunday' when 1 then 'Monday' when 2 then 'Tuesday' when 3 then 'Wednesday'
        when 4 then 'Thursday' when 5 then 'Friday' else 'Saturday'
    end as weekday,
    r.cnt as rentals,
    r.casual as casual_rentals,
    r.registered as registered_rentals,
    w.temp * 47 - 8 as temperature,
    w.hum * 100 as humidity,
    w.windspeed * 67 as wind_speed,
    case w.weathersit when 1 then 'clear' when 2 then 'mist' else 'rain or snow' end as weather,
    d.holiday = 1 as is_holiday,
    d.workingday = 1 as is_working_day
from rentals as r
join weather as w on w.dteday = r.dteday
join days as d on d.dteday = r.dteday
where r.dteday < $end
