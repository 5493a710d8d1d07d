//! What queries need of their tables: never too little, and no more than a reader of the SQL would say.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use chrono::NaiveDate;

use super::Since;
use crate::engine::fixture::{day, session};
use crate::engine::{Session, SqlOrigin};

/// Orders with an instant and a day, in Berlin; days with a price.
fn tables(session: &Session) {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fields = |fields: &[(&str, DataType)]| {
        let fields = fields.iter().map(|(name, held)| Field::new(*name, held.clone(), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    };
    let orders =
        [("at", instant), ("day", DataType::Date32), ("shop", DataType::Utf8), ("amount", DataType::Float64)];
    session.register_planned("orders", fields(&orders)).unwrap();
    let prices = [("day", DataType::Date32), ("shop", DataType::Utf8), ("price", DataType::Float64)];
    session.register_planned("prices", fields(&prices)).unwrap();
}

/// The day from which on `sql`, wanted since Monday 2012-06-04, needs rows of a table's column.
async fn needed(sql: &str, table: &str, column: &str) -> Option<NaiveDate> {
    let (_engine, session) = session();
    tables(&session);
    let since = Since { time: "week".into(), day: day("2012-06-04"), zone: chrono_tz::Europe::Berlin };
    let found = session.needed(&SqlOrigin::file("a.sql"), sql, &since).await.unwrap();
    found[table].get(column).copied()
}

#[tokio::test]
async fn conditions_on_days_reach_the_rows_that_they_come_from() {
    let exact = Some(day("2012-06-04"));
    for sql in [
        "select day as week, amount from orders",
        "select cast(date_trunc('week', day) as date) as week, sum(amount) from orders group by 1",
        "select date_bin(interval '7 days', day, date '1970-01-05')::date as week, count(*) from orders group by 1",
        "with d as (select day, shop, sum(amount) a from orders group by 1, 2) select day as week, max(a) from d group by 1",
        "select day as week, amount from orders where shop = 'a' union all select day, 0 from orders where day > date '2012-07-01'",
        "select o.day as week, p.price from orders o left join prices p on p.day = o.day and p.shop = o.shop",
        "select case when shop = 'a' then day when shop = 'b' then date_trunc('week', day)::date end as week from orders",
        "select day as week, row_number() over (partition by day order by amount) as place from orders",
    ] {
        assert_eq!(needed(sql, "orders", "day").await, exact, "{sql}");
    }
    let joined = "select o.day as week, p.price from orders o join prices p on p.day = o.day";
    assert_eq!(needed(joined, "prices", "day").await, exact);
}

#[tokio::test]
async fn zones_and_intervals_ask_for_a_little_more_never_for_less() {
    for (sql, earliest, latest) in [
        ("select cast(at as date) as week from orders", "2012-06-03", "2012-06-04"),
        (
            "select cast(to_local_time(at at time zone 'Europe/Berlin') as date) as week from orders",
            "2012-06-01",
            "2012-06-03",
        ),
        ("select cast(at + interval '1 day' as date) as week from orders", "2012-06-02", "2012-06-03"),
        ("select cast(at - interval '3 days' as date) as week from orders", "2012-06-05", "2012-06-07"),
        ("select cast(at + interval '1 month' as date) as week from orders", "2012-04-29", "2012-05-04"),
    ] {
        let found = needed(sql, "orders", "at").await.expect(sql);
        assert!((day(earliest)..=day(latest)).contains(&found), "{sql}: {found}");
    }
}

#[tokio::test]
async fn what_looks_back_needs_all_rows() {
    for sql in [
        "select day as week, sum(amount) over (order by day) as total from orders",
        "select day as week, lag(amount) over (order by day) as before from orders",
        "select week, (select max(amount) from orders) as most from (select distinct day as week from prices) x",
        "select p.day as week from prices p left join orders o on o.shop = p.shop and o.day < p.day",
        "select max(day) as week, shop from orders group by shop",
        "select day as week from orders union all select date '2012-06-05' from orders group by shop",
        "select make_date(2012, 6, 4) as week from orders",
        "select day as week from orders limit 10",
    ] {
        assert_eq!(needed(sql, "orders", "day").await, None, "{sql}");
    }
}

#[tokio::test]
async fn a_table_that_is_read_twice_needs_what_either_place_needs() {
    let sql = "select o.day as week, n.total from orders o
               join (select shop, sum(amount) as total from orders where day >= date '2012-01-02' group by shop) n
                 on n.shop = o.shop";
    assert_eq!(needed(sql, "orders", "day").await, Some(day("2012-01-02")));
}

#[tokio::test]
async fn rows_since_a_day_keep_those_without_a_date() {
    let folder = tempfile::tempdir().unwrap();
    let (_engine, session) = session();
    let sql =
        "select * from (values (1, date '2012-06-03'), (2, date '2012-06-04'), (3, null)) as t(id, week)";
    let since = Since { time: "week".into(), day: day("2012-06-04"), zone: chrono_tz::UTC };
    let order = ["id".to_owned()];
    let form = crate::engine::Form { order_by: &order, since: Some(&since), is_finite: false };
    let origin = SqlOrigin::file("a.sql");
    let file = folder.path().join("a.parquet");
    assert_eq!(session.materialize(&origin, sql, form, &file).await.unwrap().rows, 2);
}
