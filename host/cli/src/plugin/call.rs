//! One call of a task, outside of any workflow.

use std::sync::Arc;

use anyhow::{Result, bail};
use stepwell_sandbox::{
    Answers, CallInfo, CancellationToken, Done, Grants, Invocation, Limits, Plugin, grants::Spec,
    key_value,
};

use super::table;

/// The account that development is done in.
const TENANT: &str = "000000000000";

/// What is called, and with what.
pub(super) struct Call<'a> {
    pub(super) plugin: &'a Plugin,
    /// The task; none for the only one.
    pub(super) task: Option<&'a str>,
    pub(super) input: &'a str,
    /// The idempotency key; none for one that no other call has.
    pub(super) key: Option<&'a str>,
    /// What is granted, with its paths absolute or as seen from here.
    pub(super) grants: Spec,
    /// Who answers the HTTP requests that are granted; none for the network.
    pub(super) answers: Option<Arc<dyn Answers>>,
    pub(super) limits: Limits,
    pub(super) key_value: Arc<dyn key_value::Store>,
}

impl Call<'_> {
    /// Makes it.
    pub(super) async fn make(self) -> Result<Done> {
        let info = self.plugin.info();
        let task = match (self.task, &*info.tasks) {
            (Some(task), _) => task,
            (None, [only]) => &only.name,
            (None, tasks) => {
                let names: Vec<_> = tasks.iter().map(|task| task.name.as_str()).collect();
                bail!(
                    "the plugin `{}` has more tasks than one: name one of {}",
                    info.name,
                    names.join(", ")
                );
            }
        };
        let effective = self.grants.effective(info);
        table::warn(&info.name, &effective);
        let mut grants = Grants::open(effective.spec)?.with_key_value(self.key_value, &info.name);
        if let Some(answers) = self.answers {
            grants = grants.with_answers(answers);
        }
        let call = CallInfo {
            tenant: TENANT.to_owned(),
            execution_arn: format!(
                "arn:aws:states:us-east-1:{TENANT}:execution:{}:by-hand",
                info.name
            ),
            state_name: task.to_owned(),
            idempotency_key: self
                .key
                .map_or_else(|| uuid::Uuid::new_v4().to_string(), str::to_owned),
            ..CallInfo::default()
        };
        let invocation = Invocation {
            task,
            input: self.input,
            call,
            limits: &self.limits,
            grants: &grants,
            heartbeat: None,
            stop: CancellationToken::new(),
        };
        Ok(self.plugin.invoke(invocation).await)
    }
}
