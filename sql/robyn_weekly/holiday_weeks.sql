-- One row per week with public holidays in Germany: how many.
-- key: week
--
-- Weekends count too: what people buy before a long weekend does not depend on the day that it hangs on.
select
    cast(date_trunc('week', ds) as date) as week,
    count(distinct ds) as holidays
from holidays
where country = 'DE'
group by 1
