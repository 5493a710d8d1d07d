-- One row per lead: how it came, what it said, and what sales had made of it by the end of the window.
-- key: lead_id
with
-- The CRM writes a lead anew whenever somebody changes it. The last version counts.
versions as (
    select *, row_number() over (partition by lead_id order by updated_at desc) as version
    from crm_leads
),
dated as (
    select
        *,
        cast(to_local_time(created_at at time zone 'Europe/Berlin') as date) as created_on,
        cast(to_local_time(accepted_at at time zone 'Europe/Berlin') as date) as accepted_on,
        cast(to_local_time(rejected_at at time zone 'Europe/Berlin') as date) as rejected_on
    from versions
    where version = 1
)
select
    l.lead_id,
    l.created_on,
    l.region,
    l.source,
    l.topic,
    -- Leads that no campaign brought have seen no creative.
    coalesce(l.creative, 'none') as creative,
    coalesce(l.call_to_action, 'none') as call_to_action,
    -- The four questions that sales asks before it takes a lead.
    l.budget >= 5000 as has_budget,
    l.is_decision_maker,
    l.need = 'clear' as has_clear_need,
    l.timeline_weeks <= 12 as buys_soon,
    l.response_hours,
    d.search_index as market_demand,
    -- A decision after the window was not known then: running a past week again must not see it. Until there
    -- is one, the lead is open, which is neither accepted nor rejected.
    case when l.accepted_on < $end then true when l.rejected_on < $end then false end as is_accepted,
    case when l.accepted_on < $end then l.accepted_on when l.rejected_on < $end then l.rejected_on end as decided_on,
    case when l.rejected_on < $end then l.rejection_reason end as rejection_reason
from dated as l
left join search_demand as d
    on d.region = l.region and d.week = cast(date_trunc('week', l.created_on) as date)
