-- One row per experiment and region: what was changed and what was measured.
-- key: test, unit
select
    test,
    channel,
    region as unit,
    start_date as start,
    end_date as "end",
    cast(spend_change as double) as spend_change,
    cast(lift as double) as lift,
    cast(lift_standard_error as double) as lift_se
from lift_tests
