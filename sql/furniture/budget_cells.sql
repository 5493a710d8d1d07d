-- One row per region and channel that may get money: who books it, and who decides.
-- key: region, channel
select distinct
    region,
    channel,
    -- The agency books what is bought far ahead.
    case when channel in ('radio', 'out_of_home', 'print') then 'nordlicht' end as agency,
    case when channel = 'field_sales' then 'head_of_sales' else 'head_of_marketing' end as recipient
from channel_weeks
