-- One row per deal: what was known when it began, and whether it was won within 120 days.
-- key: deal_id
with
-- Only touches of the first two weeks count. Long deals have many touches because they are long: counting
-- all of them would call time a cause of success.
early_touches as (
    select
        t.lead_id,
        count(*) filter (where t.side = 'sales') as sales_touches,
        count(*) filter (where t.side = 'marketing') as marketing_touches
    from touches as t
    join crm_deals as d on d.lead_id = t.lead_id
    where t.touched_at < d.opened_at + interval '14 days'
    group by t.lead_id
)
select
    d.deal_id,
    cast(to_local_time(d.opened_at at time zone 'Europe/Berlin') as date) as opened_on,
    d.region,
    l.source,
    l.topic,
    l.creative,
    l.has_budget,
    l.is_decision_maker,
    l.has_clear_need,
    l.response_hours,
    d.discount * 100 as discount,
    d.competitor_offer,
    coalesce(t.sales_touches, 0) as early_sales_touches,
    coalesce(t.marketing_touches, 0) as early_marketing_touches,
    s.search_index as market_demand,
    -- Won later than that counts as not won, so that young and old deals are judged alike.
    coalesce(d.outcome = 'won' and d.closed_at < d.opened_at + interval '120 days', false) as is_won
from crm_deals as d
join leads as l on l.lead_id = d.lead_id
left join early_touches as t on t.lead_id = d.lead_id
left join search_demand as s
    on s.region = d.region
    and s.week = cast(date_trunc('week', to_local_time(d.opened_at at time zone 'Europe/Berlin')) as date)
