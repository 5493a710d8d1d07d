-- One row per customer contact: whom we called and how (own data), in which economy (outside data).
-- key: month, number
--
-- The published file identifies neither customers nor contacts. They are numbered within their month
-- in the order of everything that is known about them: contacts that could swap their numbers agree
-- in every column. A number says nothing else, and new rows in a month would change it.
--
-- `unknown` stays a level of its own: who does not tell the bank about debts may differ from who does.
select
    m.month,
    cast(row_number() over (
        partition by m.month
        order by
            c.euribor3m, c.day_of_week, c.age, c.job, c.marital, c.education, c."default", c.housing, c.loan,
            c.contact, c.duration, c.campaign, c.pdays, c.previous, c.poutcome, c.y
    ) as bigint) as number,
    c.age,
    c.job,
    c.marital as marital_status,
    c.education,
    c."default" as credit_in_default,
    -- Both loans are unknown for the same customers. As one driver that is one level; as two it
    -- would be one fact in two columns.
    case
        when c.housing = 'unknown' or c.loan = 'unknown' then 'unknown'
        when c.housing = 'yes' and c.loan = 'yes' then 'housing and personal'
        when c.housing = 'yes' then 'housing'
        when c.loan = 'yes' then 'personal'
        else 'none'
    end as loans,
    c.contact as line,
    case c.day_of_week
        when 'mon' then 'Monday' when 'tue' then 'Tuesday' when 'wed' then 'Wednesday'
        when 'thu' then 'Thursday' else 'Friday'
    end as weekday,
    c.campaign as calls_in_campaign,
    -- The days since the last campaign are not used: 999 marks customers who were never called and
    -- 4,110 others who were. What came of that campaign is known for all of them.
    c.previous as earlier_calls,
    c.poutcome as earlier_outcome,
    c.duration / 60.0 as talk_minutes,
    c.y = 'yes' as subscribed,
    case when c.y = 'yes' then 1 else 0 end as contracts,
    k.employment_change,
    k.price_index,
    k.consumer_confidence,
    k.interest_rate,
    k.employed
from calls as c
join months as m on m.name = c.month and m.price_index = c."cons.price.idx"
join market as k on k.month = m.month and k.interest_rate = c.euribor3m
where m.month < $end
