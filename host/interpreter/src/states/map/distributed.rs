//! The distributed Map: its iterations are executions of their own, in a Map Run.

use stepwell_asl::{
    Json, State,
    definition::{Distributed, ItemBatcher, Kind, Map},
    expression::Template,
};

use crate::{
    Effect, Execution, Failure,
    errors::{self, Child, Raised},
    event::Details,
    io::Processing,
    map_run::{Batch, Items, MapRunId, Order, StartMapRun, length},
    random::uuid,
    run::{Flow, Run},
    states::map::{items, max_concurrency, tolerance},
    strand::{Phase, Strand},
    token::Secret,
    variables,
};

pub(super) fn execute(
    run: &mut Run<'_>,
    strand: &mut Strand,
    map: &Map,
    distributed: &Distributed,
) -> Result<Flow, Raised> {
    let (input, items) = {
        let processing = run.processing(strand, &map.io).retryable();
        let input = processing.input()?;
        // With a reader the state's own data are no items, and how many there are is not known.
        let items = match distributed.item_reader {
            Some(_) => Json::empty(),
            None => items(&processing, map, &input)?,
        };
        (input, items)
    };
    run.emit(strand, Details::MapStateStarted { length: length(&items) });
    let fields = {
        let processing = run.processing(strand, &map.io).retryable();
        evaluate(&processing, map, distributed, &input)?
    };
    let map_run = MapRunId(run.execution.last_event + 1);
    let map_run_arn = arn(run.execution, strand, distributed, map_run);
    run.emit(strand, Details::MapRunStarted { map_run_arn: map_run_arn.clone() });
    let items = match fields.reader {
        None => Items::State(items),
        Some((_, Some(max_items))) if max_items < 0 => {
            let failure =
                Failure::new(errors::ITEM_READER_FAILED, "field MaxItems must be positive");
            run.emit(strand, Details::MapRunFailed(failure.clone()));
            return Err(failure.into());
        }
        Some((arguments, max_items)) => {
            // None and 0 both stand for all.
            let max_items =
                max_items.and_then(|max| u64::try_from(max).ok()).filter(|max| *max > 0);
            Items::Reader { arguments, max_items }
        }
    };
    let order = Order {
        map_run,
        map_run_arn,
        state: strand.visit.state.clone(),
        child_type: distributed.execution_type.into(),
        items,
        max_concurrency: fields.max_concurrency,
        tolerated_failure_count: fields.tolerated_failure_count,
        tolerated_failure_percentage: fields.tolerated_failure_percentage,
        batch: fields.batch,
        destination: fields.destination,
        strand: strand.id,
        redrive_count: 0,
    };
    let effect = effect(run.execution, strand, &order);
    run.effect(effect);
    run.execution.map_runs.insert(map_run, strand.id);
    strand.visit.phase = Phase::Distributed(Box::new(order));
    Ok(Flow::Wait)
}

/// The fields of a distributed Map, evaluated.
struct Fields {
    max_concurrency: u64,
    tolerated_failure_count: Option<u64>,
    tolerated_failure_percentage: Option<f64>,
    /// The arguments of `ItemReader`, and `MaxItems`.
    reader: Option<(Json, Option<i64>)>,
    batch: Option<Batch>,
    destination: Option<Json>,
}

fn evaluate(
    processing: &Processing<'_>,
    map: &Map,
    distributed: &Distributed,
    input: &Json,
) -> Result<Fields, Raised> {
    let template = |template: &Option<Template>, field: &str| match template {
        Some(template) => processing.template(template, &processing.scope(input), field),
        None => Ok(Json::empty()),
    };
    let tolerance = tolerance(processing, map, input)?;
    let max_concurrency = max_concurrency(processing, map, input)?;
    let reader = match &distributed.item_reader {
        Some(reader) => {
            let max_items = reader
                .max_items
                .as_ref()
                .map(|field| processing.signed_integer(field, "MaxItems", input))
                .transpose()?;
            Some((template(&reader.arguments, "ItemReader/Arguments")?, max_items))
        }
        None => None,
    };
    let batch = match &distributed.item_batcher {
        Some(batcher) => Some(batch(processing, batcher, input)?),
        None => None,
    };
    let destination = match &distributed.result_writer {
        Some(writer) if writer.destination.is_some() => {
            Some(template(&writer.destination, "ResultWriter/Arguments")?)
        }
        _ => None,
    };
    Ok(Fields {
        max_concurrency,
        tolerated_failure_count: tolerance.as_ref().and_then(|tolerance| tolerance.count),
        tolerated_failure_percentage: tolerance.and_then(|tolerance| tolerance.percentage),
        reader,
        batch,
        destination,
    })
}

/// `ItemBatcher`, evaluated.
pub(super) fn batch(
    processing: &Processing<'_>,
    batcher: &ItemBatcher,
    input: &Json,
) -> Result<Batch, Raised> {
    let positive = |field: &Option<_>, name: &str| -> Result<Option<u64>, Raised> {
        let Some(field) = field else { return Ok(None) };
        match processing.integer(field, name, input)? {
            0 => Err(processing.out_of_range(name, format_args!("{name} must be greater than 0."))),
            value => Ok(Some(value)),
        }
    };
    Ok(Batch {
        max_items: positive(&batcher.max_items, "MaxItemsPerBatch")?,
        max_bytes: positive(&batcher.max_bytes, "MaxInputBytesPerBatch")?,
        input: match &batcher.input {
            Some(template) => {
                let scope = processing.scope(input);
                Some(processing.template(template, &scope, "ItemBatcher/BatchInput")?)
            }
            None => None,
        },
    })
}

/// `arn:PARTITION:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:UUID`. Without a `Label` AWS makes one
/// up, which stays the state's.
fn arn(
    execution: &Execution,
    strand: &Strand,
    distributed: &Distributed,
    map_run: MapRunId,
) -> String {
    let machine = &execution.identity.state_machine_arn;
    let made_up;
    let label = match &distributed.label {
        Some(label) => label,
        None => {
            made_up = uuid(&format!("{machine}/{}", strand.visit.state), 0);
            &made_up
        }
    };
    let run = uuid(&execution.identity.execution_arn, map_run.0);
    // The machine of a child execution has a label already.
    let machine = machine.split_once('/').map_or(machine.as_str(), |(machine, _)| machine);
    format!("{}/{label}:{run}", machine.replacen(":stateMachine:", ":mapRun:", 1))
}

/// Starts the Map Run, with as much of the execution as the state's expressions see.
pub(crate) fn effect(execution: &Execution, strand: &Strand, order: &Order) -> Effect {
    let visible = variables::around(&execution.strands, strand).map(|strand| {
        let mut strand = strand.clone();
        strand.visit.phase = Phase::Ready;
        (strand.id, strand)
    });
    let scope = Execution {
        now: execution.now,
        last_event: execution.last_event,
        strands: visible.collect(),
        redrives: execution.redrives.clone(),
        ..Execution::new(
            execution.identity.clone(),
            // No task is run in it.
            Secret::none(),
            execution.input.clone(),
            execution.started_at,
        )
    };
    Effect::StartMapRun(Box::new(StartMapRun { order: order.clone(), scope }))
}

/// Asks for the Map Run once more: its host redrives it.
pub(in crate::states) fn redrive_map_run(run: &mut Run<'_>, strand: &mut Strand) -> Flow {
    if let Phase::Distributed(order) = &mut strand.visit.phase {
        order.redrive_count += 1;
        let order = order.clone();
        let map_run_arn = order.map_run_arn.clone();
        let redrive_count = order.redrive_count;
        run.emit(strand, Details::MapRunRedriven { map_run_arn, redrive_count });
        let effect = effect(run.execution, strand, &order);
        run.effect(effect);
        run.execution.map_runs.insert(order.map_run, strand.id);
    }
    Flow::Wait
}

/// The Map Run has ended, and so does the state.
pub(crate) fn map_run_ended(
    run: &mut Run<'_>,
    strand: &mut Strand,
    state: &State,
    result: Result<Json, Failure>,
) -> Result<Flow, Raised> {
    let (Kind::Map(map), Phase::Distributed(order)) = (&state.kind, &strand.visit.phase) else {
        return Ok(Flow::Wait);
    };
    run.execution.map_runs.remove(&order.map_run);
    let result = match result {
        Ok(result) => result,
        Err(failure) => {
            run.emit(strand, Details::MapRunFailed(failure.clone()));
            return Err(Raised { child: Some(Child::Iteration), ..failure.into() });
        }
    };
    strand.visit.phase = Phase::Ready;
    run.emit(strand, Details::MapRunSucceeded);
    // The StateExited event follows from the end of the Map Run, as this one does.
    run.append(strand.previous, Details::MapStateSucceeded, None);
    let exit = {
        let processing = run.processing(strand, &map.io).retryable();
        processing.exit(&result, &map.assign)?
    };
    run.leave(strand, exit, &map.transition)
}
