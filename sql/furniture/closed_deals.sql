-- One row per closed deal, on the day it was closed.
-- key: deal_id
with
dated as (
    select *, cast(to_local_time(closed_at at time zone 'Europe/Berlin') as date) as closed_on
    from crm_deals
)
select
    d.deal_id,
    d.closed_on,
    d.region,
    l.topic,
    d.outcome,
    case when d.outcome = 'won' then 1 else 0 end as won,
    cast(coalesce(d.won_margin, 0) as double) as margin,
    d.loss_reason
from dated as d
join leads as l on l.lead_id = d.lead_id
where d.closed_on < $end
