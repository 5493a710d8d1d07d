-- One row per closed deal, on the day it was closed.
-- key: deal_id
select
    d.deal_id,
    cast(to_local_time(d.closed_at at time zone 'Europe/Berlin') as date) as closed_on,
    d.region,
    l.topic,
    d.outcome,
    case when d.outcome = 'won' then 1 else 0 end as won,
    cast(coalesce(d.won_margin, 0) as double) as margin,
    d.loss_reason
from crm_deals as d
join leads as l on l.lead_id = d.lead_id
where d.closed_at is not null
    and cast(to_local_time(d.closed_at at time zone 'Europe/Berlin') as date) < $end
