//! Week after week: what is kept of tables, what is computed again, what is read for it; and that it all comes to the same as
//! computing everything.

use std::fs;

use crate::project::{assert_exit, stderr};
use crate::store::{STORE, first_day, kept, monday, read_of, run, sell, store};

#[test]
fn week_after_week_comes_to_the_same_as_a_full_refresh_and_reads_a_fraction() {
    let project = store(6);
    run(&project, (5, 6), &[]);
    assert_eq!(kept(&project).len(), 2 + 2 * 6, "the first run keeps all weeks, and schemas");
    for week in 6..10 {
        sell(&project, week);
        run(&project, (week, week + 1), &[]);
    }
    let orders = read_of(&project, "orders");
    assert_eq!(orders.len(), 21 + 1, "three weeks, one late file among them: {orders:?}");
    assert!(orders.iter().all(|object| object.as_str() >= "lake/orders/day=2023-02-20"), "{orders:?}");
    let earlier = read_of(&project, "previous.weekly");
    assert_eq!(earlier.len(), 7, "the weeks before, for the running total and the year before: {earlier:?}");
    assert!(read_of(&project, "previous.running").is_empty(), "nobody reads it");

    let step_by_step = kept(&project);
    assert_eq!(step_by_step.len(), 2 + 2 * 10);
    // The same window again, as a scheduler's retry does.
    run(&project, (9, 10), &[]);
    assert!(step_by_step == kept(&project), "a window that is run again changes nothing");
    run(&project, (9, 10), &["--full-refresh"]);
    assert_eq!(read_of(&project, "orders").len(), 70 + 8);
    assert!(step_by_step == kept(&project), "a full refresh comes to the same");

    // Somewhere else, where nothing is kept.
    fs::remove_dir_all(project.path().join("marts")).unwrap();
    run(&project, (9, 10), &[]);
    assert!(step_by_step == kept(&project), "a first run comes to the same");
}

#[test]
fn weeks_that_no_run_computed_are_computed_by_the_next() {
    let project = store(10);
    run(&project, (4, 5), &[]);
    run(&project, (9, 10), &[]);
    assert_eq!(kept(&project).len(), 2 + 2 * 10);
    let stepped = kept(&project);
    fs::remove_dir_all(project.path().join("marts")).unwrap();
    run(&project, (9, 10), &[]);
    assert!(stepped == kept(&project));
}

#[test]
fn other_sql_computes_all_weeks_anew_and_says_so() {
    let project = store(8);
    run(&project, (7, 8), &[]);
    let before = kept(&project);
    project.edit("sql/store/weekly.sql", "-- One row", "-- One (1) row");
    let quiet = run(&project, (7, 8), &[]);
    assert!(
        !quiet.contains("every period") && before == kept(&project),
        "a comment changes nothing: {quiet}"
    );
    // What a table reads is part of what it is.
    project.edit("sql/store/sold.sql", "o.amount > 0", "o.amount > 12");
    let told = run(&project, (7, 8), &[]);
    let warning = "`weekly` is computed for every period: its SQL, or what it reads, has changed";
    assert!(told.contains(warning) && told.contains("`running` is computed for every period"), "{told}");
    let after = kept(&project);
    assert!(after.iter().zip(&before).filter(|(now, then)| now.1 != then.1).count() > 10);
    assert!(!run(&project, (7, 8), &[]).contains("every period"), "once is enough");
    assert!(after == kept(&project));
}

#[test]
fn weeks_whose_orders_are_gone_stay() {
    let project = store(8);
    run(&project, (7, 8), &[]);
    let before = kept(&project);
    for day in 0..14 {
        let date = first_day() + chrono::Days::new(day);
        fs::remove_dir_all(project.path().join(format!("lake/orders/day={date}"))).unwrap();
    }
    run(&project, (7, 8), &["--full-refresh"]);
    // The running total too: it reads the weeks that stay.
    assert!(before == kept(&project), "orders of the first weeks are gone, their weeks are not");
}

#[test]
fn a_table_with_a_past_of_its_own_keeps_it() {
    let project = store(8);
    // What each week was when it was first computed.
    let seen = "-- One row per week and shop.\n-- key: week, shop\n\
        select w.week, w.shop, w.revenue, p.weeks as weeks_before\nfrom weekly as w\n\
        left join (select count(distinct week) as weeks from previous.seen) as p on true\n";
    project.write("sql/store/seen.sql", seen);
    let table =
        "\n  seen: { sql: store/seen.sql, key: [week, shop], time: week, store: keep }\n\nrecipients:";
    project.edit(STORE, "\nrecipients:", table);
    run(&project, (6, 7), &[]);
    run(&project, (7, 8), &[]);
    let of_seen = || -> Vec<(String, Vec<u8>)> {
        kept(&project).into_iter().filter(|(name, _)| name.starts_with("tables/seen/")).collect()
    };
    let before = of_seen();
    assert_eq!(before.len(), 8);
    let told = run(&project, (7, 8), &["--full-refresh"]);
    assert!(told.contains("`seen` reads what earlier runs found"), "{told}");
    assert!(before == of_seen(), "a full refresh leaves it");
    project.edit("sql/store/weekly.sql", "sum(amount) as revenue", "2 * sum(amount) as revenue");
    project.edit(STORE, "tolerance: 0%", "tolerance: 100%");
    run(&project, (7, 8), &[]);
    assert!(before[..5] == of_seen()[..5], "other SQL of what it reads leaves what is not computed again");
}

#[test]
fn a_quiet_week_is_no_reason_to_fail_but_a_stale_source_is() {
    let project = store(8);
    run(&project, (7, 8), &[]);
    // Two of the three weeks that are read have orders, the newest has none.
    let none = project.run(&["run", STORE, "--start", &monday(8), "--end", &monday(9)]);
    assert_exit(&none, 0);
    let stale = project.run(&["run", STORE, "--start", &monday(11), "--end", &monday(12)]);
    assert_exit(&stale, 4);
    assert!(stderr(&stale).contains("stale_source"), "{}", stderr(&stale));
}
