//! Publishing to Google Cloud and Azure through their real clients: lock, pointer, copies, removal.

use chrono::TimeDelta;

use super::*;
use crate::config::platform::Requests;
use crate::engine::cloud_double::{CloudDouble, DIALECTS};
use crate::publish::{Fault, Holder, Lock, pointer, vacuum};

fn target_of(cloud: &CloudDouble) -> Arc<dyn ObjectStore> {
    cloud.open("marts", Requests::default()).store
}

fn at(minute: u32) -> DateTime<Utc> {
    format!("2012-01-16T00:{minute:02}:00Z").parse().expect("instant")
}

async fn acquire(target: &Arc<dyn ObjectStore>, run: &str, minute: u32) -> Result<Lock, PublishError> {
    let holder = Holder {
        job: "sample".into(),
        run_id: run.into(),
        host: run.into(),
        pid: 7,
        attempt: run.into(),
        expires_at: at(minute) + TimeDelta::minutes(5),
    };
    Lock::acquire(Arc::clone(target), Swap::Conditional, holder, at(minute), &|_| true).await
}

#[tokio::test]
async fn the_lock_has_one_holder_and_is_taken_over_when_it_expires() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let target = target_of(&cloud);
        let mut first = acquire(&target, "a", 0).await.expect("free");
        let error = acquire(&target, "b", 1).await.expect_err("held");
        assert!(matches!(error, PublishError::Locked { .. }), "{error}");
        first.renew(Swap::Conditional, at(10)).await.expect("ours");
        let second = acquire(&target, "b", 10).await.expect("expired");
        let error = first.renew(Swap::Conditional, at(20)).await.expect_err("lost");
        assert_eq!(error.fault(), Fault::TryLater, "{error}");
        second.release().await.expect("ours");
        acquire(&target, "c", 11).await.expect("free").release().await.expect("ours");
    }
}

#[tokio::test]
async fn of_two_swaps_of_the_pointer_one_wins() {
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let target = target_of(&cloud);
        commit(&target, publication("p1", weeks("2012-01-02", 1), &["a"])).await.expect("published");
        let seen = pointer::read(&target).await.expect("readable").expect("published");
        let named = |id: &str| pointer::Pointer { publication: id.into(), ..seen.pointer.clone() };
        let swap = |next| pointer::swap(&target, Swap::Conditional, Some(&seen), next);
        let (second, third) = (named("p2"), named("p3"));
        swap(&second).await.expect("unchanged since it was read");
        let error = swap(&third).await.expect_err("changed");
        assert!(matches!(&error, PublishError::Overtaken { found, .. } if found == "p2"), "{error}");
        let error = pointer::swap(&target, Swap::Conditional, None, &named("p4")).await.expect_err("exists");
        assert!(matches!(error, PublishError::Overtaken { .. }), "{error}");
    }
}

#[tokio::test]
async fn publications_are_those_of_any_other_store() {
    let expected = memory();
    for (id, start) in [("p1", "2012-01-02"), ("p2", "2012-01-09")] {
        commit(&expected, publication(id, weeks(start, 1), &["a"])).await.expect("published");
    }
    let expected = contents(&expected).await;
    for dialect in DIALECTS {
        let cloud = CloudDouble::start(dialect);
        let target = target_of(&cloud);
        for (id, start) in [("p1", "2012-01-02"), ("p2", "2012-01-09")] {
            // A store that is busy now and then changes nothing.
            cloud.busy(2);
            commit(&target, publication(id, weeks(start, 1), &["a"])).await.expect("published");
        }
        let found = contents(&target).await;
        assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
        for (path, bytes) in &found {
            assert!(*bytes == expected[path], "{dialect:?}: {path}");
        }
        let removed = vacuum(&target, "sample", now() + TimeDelta::days(30), TimeDelta::zero(), false).await;
        assert!(removed.is_ok(), "{removed:?}");
        assert!(contents(&target).await.len() < found.len(), "{dialect:?}");
        assert_eq!(rows(&crate::publish::read_current(&target, "kpi_values", 9).await.expect("readable")), 2);
    }
}
