-- One row per month with calls: the months behind the names in the published file.
-- key: month
--
-- The file gives the month's name but no year. Its rows are in order of time, from May 2008 to
-- November 2010, and the consumer price index of each month is different, so that name and index
-- together say which month it is. There were no calls in September 2008, nor in January and
-- February of 2009 and 2010.
select
    name,
    cast(price_index as decimal(6, 3)) as price_index,
    cast(month as date) as month
from (
    values
    ('may', '93.994', '2008-05-01'),
    ('jun', '94.465', '2008-06-01'),
    ('jul', '93.918', '2008-07-01'),
    ('aug', '93.444', '2008-08-01'),
    ('oct', '93.798', '2008-10-01'),
    ('nov', '93.200', '2008-11-01'),
    ('dec', '92.756', '2008-12-01'),
    ('mar', '92.843', '2009-03-01'),
    ('apr', '93.075', '2009-04-01'),
    ('may', '92.893', '2009-05-01'),
    ('jun', '92.963', '2009-06-01'),
    ('jul', '92.469', '2009-07-01'),
    ('aug', '92.201', '2009-08-01'),
    ('sep', '92.379', '2009-09-01'),
    ('oct', '92.431', '2009-10-01'),
    ('nov', '92.649', '2009-11-01'),
    ('dec', '92.713', '2009-12-01'),
    ('mar', '93.369', '2010-03-01'),
    ('apr', '93.749', '2010-04-01'),
    ('may', '93.876', '2010-05-01'),
    ('jun', '94.055', '2010-06-01'),
    ('jul', '94.215', '2010-07-01'),
    ('aug', '94.027', '2010-08-01'),
    ('sep', '94.199', '2010-09-01'),
    ('oct', '94.601', '2010-10-01'),
    ('nov', '94.767', '2010-11-01')
) as named (name, price_index, month)
