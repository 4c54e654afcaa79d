//! GetExecutionHistory.

use stepwell_journal::Direction;

use super::{
    Host,
    executions::{find, id, own_standard},
    page,
};
use crate::{
    action::executions::{ExecutionHistory, GetExecutionHistory, HistoryEvent},
    error::Error,
    service::{Action, Caller},
};

pub(super) async fn get_execution_history(
    host: &Host,
    caller: &Caller,
    request: GetExecutionHistory,
) -> Result<ExecutionHistory, Error> {
    let arn = request.execution_arn;
    own_standard(caller, Action::GetExecutionHistory, &arn)?;
    let direction = match request.reverse_order {
        true => Direction::Backward,
        false => Direction::Forward,
    };
    let of = format!("{arn} {direction:?}");
    let list = page::List { caller, action: Action::GetExecutionHistory, of: &of };
    let from = match list.after(request.next_token.as_deref())? {
        Some(text) => text.parse().map_err(|_| super::failure::invalid_token())?,
        None if request.reverse_order => u64::MAX,
        None => 1,
    };
    find(host, &arn).await?;
    let size = page::size(request.max_results);
    let found = host.store().history(id(&arn)?, from, direction, size).await?;
    let with_data = request.include_execution_data;
    let event = |event| HistoryEvent { event, with_data };
    Ok(ExecutionHistory {
        events: found.items.into_iter().map(event).collect(),
        next_token: list.token(found.next.map(|next| next.to_string())),
    })
}
