-- One row per deal: what was known when it began, how far it had come by the end of the window, and
-- whether it was won within 120 days.
-- key: deal_id
with
dated as (
    select
        *,
        cast(to_local_time(opened_at at time zone 'Europe/Berlin') as date) as opened_on,
        cast(to_local_time(closed_at at time zone 'Europe/Berlin') as date) as closed_on
    from crm_deals
),
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
),
-- Stages are counted by their column: a count of bare rows comes from no column, so that nobody could tell
-- that it is known only after the outcome, and `check` would let it through as a driver.
entered as (
    select deal_id, count(entered_at) as stages
    from crm_stages
    where cast(to_local_time(entered_at at time zone 'Europe/Berlin') as date) < $end
    group by deal_id
)
select
    d.deal_id,
    d.opened_on,
    d.region,
    l.source,
    l.topic,
    l.creative,
    l.topic = 'kitchen' and l.creative = 'design' as is_kitchen_and_design,
    l.has_budget,
    l.is_decision_maker,
    l.has_clear_need,
    l.response_hours <= 24 as is_answered_within_a_day,
    d.discount * 100 as discount,
    d.competitor_offer,
    coalesce(t.sales_touches, 0) as early_sales_touches,
    coalesce(t.marketing_touches, 0) as early_marketing_touches,
    s.search_index as market_demand,
    case e.stages when 1 then 'consultation' when 2 then 'quote' else 'negotiation' end as stage,
    -- A deal that is closed by the end of the window is won or not. One that is 120 days old and still open is
    -- not won, so that old and young deals are judged alike. Any other one is open.
    case
        when d.closed_on < $end then d.outcome = 'won' and d.closed_on < d.opened_on + interval '120 days'
        when d.opened_on + interval '120 days' <= $end then false
    end as is_won
from dated as d
join leads as l on l.lead_id = d.lead_id
left join entered as e on e.deal_id = d.deal_id
left join early_touches as t on t.lead_id = d.lead_id
left join search_demand as s
    on s.region = d.region and s.week = cast(date_trunc('week', d.opened_on) as date)
