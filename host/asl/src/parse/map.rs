//! Map states. <https://states-language.net/spec.html#map-state>

use super::{
    assign, catch, distributed,
    fields::Fields,
    io::{self, Extent},
    node::Node,
    retry, state, template, workflow,
};
use crate::definition::{Items, Map, QueryLanguage, Type, Workflow};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Map> {
    let (processor, execution_type) = processor(fields);
    let items = items(fields);
    let item_selector = match fields.language() {
        QueryLanguage::JsonPath => {
            fields.at_most_one(["ItemSelector", "Parameters"]).map(|(_, node)| node)
        }
        QueryLanguage::Jsonata => fields.get("ItemSelector"),
    };
    let item_selector = item_selector.and_then(|node| template::parse(&node));
    let count = |names: [&'static str; 2]| {
        let fixed = |node: &Node<'_>| node.integer(0..=u64::MAX);
        fields.fixed_or_computed(names, fixed, Node::path_expression)
    };
    let max_concurrency = count(["MaxConcurrency", "MaxConcurrencyPath"]);
    let tolerated_failure_count = count(["ToleratedFailureCount", "ToleratedFailureCountPath"]);
    let tolerated_failure_percentage = fields.fixed_or_computed(
        ["ToleratedFailurePercentage", "ToleratedFailurePercentagePath"],
        |node| node.number(0.0..=100.0),
        Node::path_expression,
    );
    let mode = distributed::mode(fields, execution_type);
    let io = io::parse(fields, Extent::Map);
    let retry = retry::parse(fields);
    let catch = catch::parse(fields);
    let assign = assign::parse(fields);
    let transition = state::transition(fields);
    Some(Map {
        processor: processor?,
        mode: mode?,
        items,
        item_selector,
        max_concurrency,
        tolerated_failure_count,
        tolerated_failure_percentage,
        io: io?,
        retry,
        catch,
        assign,
        transition: transition?,
    })
}

/// `ItemProcessor`, or `Iterator` as it was called, and the type of the child executions where the
/// Map is distributed.
fn processor(fields: &Fields<'_>) -> (Option<Workflow>, Option<Type>) {
    let node = fields.exactly_one(["ItemProcessor", "Iterator"]);
    let Some(processor) = node.and_then(|(_, node)| node.fields()) else { return (None, None) };
    processor.comment();
    let execution_type =
        processor.get("ProcessorConfig").and_then(|node| node.fields()).and_then(|config| {
            let execution_type = distributed::processor_config(&config);
            config.finish();
            execution_type
        });
    let context = fields.context();
    let workflow =
        context.in_type(execution_type.unwrap_or(context.type_()), || workflow::parse(&processor));
    processor.finish();
    (workflow, execution_type)
}

fn items(fields: &Fields<'_>) -> Option<Items> {
    match fields.language() {
        QueryLanguage::JsonPath => fields.get("ItemsPath")?.path().map(Items::Path),
        QueryLanguage::Jsonata => {
            let node = fields.get("Items")?;
            let collection = node.raw().as_array().is_some() || node.raw().as_object().is_some();
            if !collection && !node.is_jsonata() {
                node.error(
                    "'Items' must be an array, an object or a JSONata expression",
                    "Put the expression between {% and %}.",
                );
                return None;
            }
            template::parse(&node).map(Items::Template)
        }
    }
}
