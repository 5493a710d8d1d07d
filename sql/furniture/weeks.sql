-- One row per week and region: the grid that everything weekly is joined to.
-- key: week, region
--
-- Joins from a full grid keep a week without weather or without spend; joins from the data lose it.
select distinct
    cast(date_trunc('week', c.day) as date) as week,
    r.region,
    r.inhabitants_thousands
from daily_closing as c
cross join regions as r
