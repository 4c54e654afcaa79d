//! How many requests an account may make: a token bucket for each account and action.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-api-action-throttling-general>

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use crate::{
    clock::Clock,
    console::OwnAction,
    error::{Code, Error},
    service::Action,
    target::Target,
};

/// A bucket of tokens of which each request takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many tokens the bucket holds: so many requests may come at once.
    pub bucket: u32,
    /// How many tokens are put into it in a second; 0 refuses all requests but the first ones.
    pub refill: u32,
}

impl Quota {
    /// What AWS allows an account in its largest regions. StartExecution has that of Standard
    /// workflows; StartSyncExecution has none.
    ///
    /// Stepwell's own actions have those of the reads that they are like.
    pub fn of_aws(target: impl Into<Target>) -> Option<Self> {
        let action = match target.into() {
            Target::Aws(action) => action,
            Target::Own(action) => return Some(Self::of_own(action)),
        };
        let (bucket, refill) = match action {
            Action::StartSyncExecution => return None,
            Action::StartExecution | Action::RedriveExecution => (1_300, 300),
            Action::StopExecution => (1_000, 200),
            Action::GetActivityTask
            | Action::SendTaskFailure
            | Action::SendTaskHeartbeat
            | Action::SendTaskSuccess => (3_000, 500),
            Action::GetExecutionHistory => (400, 20),
            Action::DescribeExecution => (300, 15),
            Action::DescribeStateMachine => (200, 20),
            Action::ListExecutions => (200, 5),
            Action::ListActivities => (100, 10),
            Action::ListStateMachines => (100, 5),
            Action::DescribeActivity
            | Action::DescribeMapRun
            | Action::DescribeStateMachineAlias
            | Action::DescribeStateMachineForExecution
            | Action::TagResource
            | Action::UntagResource => (200, 1),
            _ => (100, 1),
        };
        Some(Self { bucket, refill })
    }

    fn of_own(action: OwnAction) -> Self {
        match action {
            // They stay open.
            OwnAction::Watch => Self { bucket: 100, refill: 10 },
            // They read all there is of a time.
            OwnAction::GetStatistics | OwnAction::ListFindings => Self { bucket: 100, refill: 5 },
            _ => Self { bucket: 200, refill: 20 },
        }
    }
}

/// What holds accounts to their quotas.
pub struct Throttle {
    quotas: HashMap<Target, Quota>,
    clock: Clock,
    /// Those that are not full. There are as many accounts as tenants.
    buckets: Mutex<HashMap<String, HashMap<Target, Bucket>>>,
}

/// A bucket as of a time.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

impl Throttle {
    /// Nothing is refused.
    pub fn off() -> Self {
        Self::new(Clock::system())
    }

    /// AWS's quotas.
    pub fn of_aws(clock: Clock) -> Self {
        Target::all()
            .filter_map(|target| Some((target, Quota::of_aws(target)?)))
            .fold(Self::new(clock), |throttle, (target, quota)| throttle.with(target, Some(quota)))
    }

    fn new(clock: Clock) -> Self {
        Self { quotas: HashMap::new(), clock, buckets: Mutex::default() }
    }

    /// With another quota for one action; none where it is not to be held back.
    #[must_use]
    pub fn with(mut self, target: impl Into<Target>, quota: Option<Quota>) -> Self {
        match quota {
            Some(quota) => self.quotas.insert(target.into(), quota),
            None => self.quotas.remove(&target.into()),
        };
        self
    }

    /// The quota of an action; none where it is not held back.
    pub fn quota(&self, target: impl Into<Target>) -> Option<Quota> {
        self.quotas.get(&target.into()).copied()
    }

    /// Takes a token for a request.
    ///
    /// # Errors
    /// ThrottlingException where there is none left.
    pub(crate) fn admit(&self, account: &str, target: impl Into<Target>) -> Result<(), Error> {
        let target = target.into();
        let Some(quota) = self.quotas.get(&target) else { return Ok(()) };
        let now = self.clock.now();
        // What was counted holds, whoever panicked.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(account) {
            buckets.insert(account.to_owned(), HashMap::new());
        }
        let Some(buckets) = buckets.get_mut(account) else { return Ok(()) };
        let size = f64::from(quota.bucket);
        let bucket = buckets.entry(target).or_insert(Bucket { tokens: size, at: now });
        // A clock that was set back fills nothing, and takes nothing.
        let passed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + passed * f64::from(quota.refill)).min(size);
        bucket.at = now;
        if bucket.tokens < 1.0 {
            return Err(Error::new(Code::ThrottlingException, "Rate exceeded"));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    use super::*;

    /// A clock in milliseconds.
    fn clock() -> (Arc<AtomicI64>, Clock) {
        let time = Arc::new(AtomicI64::new(1_795_348_800_000));
        let shown = Arc::clone(&time);
        let now = move || Timestamp::from_millisecond(shown.load(Ordering::Relaxed)).unwrap();
        (time, Clock::new(now))
    }

    fn admitted(throttle: &Throttle, account: &str, action: Action) -> usize {
        let refusal = Error::new(Code::ThrottlingException, "Rate exceeded");
        (0..10_000)
            .take_while(|_| match throttle.admit(account, action) {
                Ok(()) => true,
                Err(error) => {
                    assert_eq!(error, refusal);
                    false
                }
            })
            .count()
    }

    #[test]
    fn a_bucket_is_emptied_and_filled_again() {
        let (time, clock) = clock();
        let throttle = Throttle::of_aws(clock);
        let action = Action::ListStateMachines;
        assert_eq!(admitted(&throttle, "1", action), 100);
        time.fetch_add(1_000, Ordering::Relaxed);
        assert_eq!(admitted(&throttle, "1", action), 5);
        time.fetch_add(199, Ordering::Relaxed);
        assert_eq!(admitted(&throttle, "1", action), 0);
        time.fetch_add(1, Ordering::Relaxed);
        assert_eq!(admitted(&throttle, "1", action), 1);
        time.fetch_sub(60_000, Ordering::Relaxed);
        assert_eq!(admitted(&throttle, "1", action), 0);
        time.fetch_add(3_600_000, Ordering::Relaxed);
        assert_eq!(admitted(&throttle, "1", action), 100);
    }

    #[test]
    fn each_account_and_action_has_its_own() {
        let throttle = Throttle::of_aws(clock().1);
        assert_eq!(admitted(&throttle, "1", Action::CreateActivity), 100);
        assert_eq!(admitted(&throttle, "2", Action::CreateActivity), 100);
        assert_eq!(admitted(&throttle, "1", Action::DeleteActivity), 100);
    }

    #[test]
    fn quotas_can_be_others_and_none() {
        let quota = Quota { bucket: 2, refill: 0 };
        let throttle = Throttle::of_aws(clock().1)
            .with(Action::StartExecution, Some(quota))
            .with(Action::StopExecution, None);
        assert_eq!(admitted(&throttle, "1", Action::StartExecution), 2);
        assert_eq!(admitted(&throttle, "1", Action::StopExecution), 10_000);
        assert_eq!(admitted(&throttle, "1", Action::StartSyncExecution), 10_000);
        assert_eq!(admitted(&Throttle::off(), "1", Action::CreateActivity), 10_000);
    }
}
