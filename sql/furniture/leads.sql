-- One row per lead: how it came, what it said, and what sales made of it.
-- key: lead_id
with
-- The CRM writes a lead anew whenever somebody changes it. The last version counts.
versions as (
    select *, row_number() over (partition by lead_id order by updated_at desc) as version
    from crm_leads
    where cast(to_local_time(updated_at at time zone 'Europe/Berlin') as date) < $end
)
select
    l.lead_id,
    cast(to_local_time(l.created_at at time zone 'Europe/Berlin') as date) as created_on,
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
    l.accepted_at is not null as is_accepted,
    case when l.accepted_at is not null then 1 else 0 end as accepted,
    case when l.rejected_at is not null then 1 else 0 end as rejected,
    l.rejection_reason
from versions as l
left join search_demand as d
    on d.region = l.region
    and d.week = cast(date_trunc('week', to_local_time(l.created_at at time zone 'Europe/Berlin')) as date)
where l.version = 1
