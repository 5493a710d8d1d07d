-- One row per lead that sales has decided about, on the day of the decision.
-- key: lead_id
--
-- Counted by the week in which they came, the leads of the last week would look rejected: most are open.
select
    lead_id,
    decided_on,
    source,
    topic,
    case when is_accepted then 1 else 0 end as accepted
from leads
where decided_on is not null
