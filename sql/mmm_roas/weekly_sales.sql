-- One row per week, which starts on Saturday: sales and spend (own data) with market demand (outside data).
-- key: week
--
-- Names of channels and of the demand index are the published ones, so that results can be held against what
-- the authors of the data say.
select
    s.date as week,
    s.y as sales,
    s.x1,
    s.x2,
    m.z
from sales_and_media as s
join market as m on m.date = s.date
where s.date < $end
