-- One row per month and interest rate: the economy as it was on the days of the calls.
-- key: month, interest_rate
--
-- Four indicators are monthly or quarterly; the three-month Euribor is quoted daily. The days
-- themselves are not published, so the quotation stands for the day. A monthly average would let
-- calls at the beginning of a month know the rates of its end.
select distinct
    m.month,
    e.euribor3m as interest_rate,
    e."emp.var.rate" as employment_change,
    e."cons.price.idx" as price_index,
    e."cons.conf.idx" as consumer_confidence,
    e."nr.employed" as employed
from economy as e
join months as m on m.name = e.month and m.price_index = e."cons.price.idx"
