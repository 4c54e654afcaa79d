//! `States.Array`, `ArrayContains`, `ArrayGetItem`, `ArrayLength`, `ArrayPartition`, `ArrayRange`,
//! `ArrayUnique`.

use std::collections::HashSet;

use serde_json::Value;

use super::arguments::{Arguments, Refusal};

/// How many items `States.ArrayRange` may make.
const RANGE: i128 = 1000;

pub(super) fn array(arguments: Arguments<'_>) -> Value {
    arguments.into_values().collect()
}

pub(super) fn contains(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(Value::Bool(arguments.array(0)?.contains(arguments.any(1))))
}

pub(super) fn get_item(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let items = arguments.array(0)?;
    let index = arguments.integer(1)?;
    usize::try_from(index).ok().and_then(|at| items.get(at)).cloned().ok_or_else(|| {
        let length = items.len();
        Refusal(format!("The index {index} is out of bounds for an array of length {length}"))
    })
}

pub(super) fn length(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    Ok(Value::from(arguments.array(0)?.len()))
}

pub(super) fn partition(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let items = arguments.array(0)?;
    let size = arguments.integer(1)?;
    match usize::try_from(size) {
        Ok(size) if size > 0 => {
            Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect())
        }
        _ => Err(Refusal(format!("The chunk size must be a positive integer but was {size}"))),
    }
}

pub(super) fn range(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let first = i128::from(arguments.integer(0)?);
    let last = i128::from(arguments.integer(1)?);
    let step = i128::from(arguments.integer(2)?);
    if step == 0 {
        return Err(Refusal("The step must not be 0".to_owned()));
    }
    let leads_away = (last - first).signum() * step.signum() < 0;
    let count = if leads_away { 0 } else { (last - first) / step + 1 };
    if count > RANGE {
        return Err(Refusal(format!("The range has {count} items; the maximum is {RANGE}")));
    }
    // All lie between the two ends, which are integers of 64 bits.
    Ok((0..count).filter_map(|at| i64::try_from(first + at * step).ok()).map(Value::from).collect())
}

pub(super) fn unique(arguments: &Arguments<'_>) -> Result<Value, Refusal> {
    let mut seen = HashSet::new();
    Ok(arguments.array(0)?.iter().filter(|item| seen.insert(*item)).cloned().collect())
}
