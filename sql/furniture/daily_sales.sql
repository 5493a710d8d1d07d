-- One row per day, region, sales channel and product group: orders on the day they were placed.
-- key: day, region, sales_channel, product_group
with
exported as (
    select
        exported_on,
        export_number,
        -- Two clocks: stores write what their clock shows, the web shop writes UTC. Left alone, what
        -- people order on the web around midnight would count for the day before.
        case
            when sales_channel = 'web'
                then cast(to_local_time(ordered_at at time zone 'Europe/Berlin') as date)
            else cast(ordered_at as date)
        end as day,
        region,
        sales_channel,
        product_group,
        sum(net_amount) as revenue,
        sum(cost_amount) as cost_of_goods,
        sum(quantity) as items,
        count(*) as order_lines,
        count(*) filter (where line_number = 1) as orders
    from order_lines
    -- What was exported later was not known then: running a past week again sees what it saw.
    where exported_on < $end
    group by 1, 2, 3, 4, 5, 6
),
-- An export that breaks off is sent again as a whole, under the next number. Only the last one counts.
last_export as (
    select exported_on, max(export_number) as export_number
    from exported
    group by exported_on
)
select
    e.day,
    e.region,
    e.sales_channel,
    e.product_group,
    sum(e.revenue) as revenue,
    sum(e.cost_of_goods) as cost_of_goods,
    sum(e.items) as items,
    sum(e.order_lines) as order_lines,
    sum(e.orders) as orders
from exported as e
join last_export as l on l.exported_on = e.exported_on and l.export_number = e.export_number
-- Orders on paper arrive up to five weeks late. They count for the day they were placed, not for the
-- day of their export, so the job computes the last six weeks anew at every run (`restate`).
group by e.day, e.region, e.sales_channel, e.product_group
