//! Map states. <https://states-language.net/spec.html#map-state>

use super::{
    assign, catch, distributed,
    fields::Fields,
    io::{self, Extent},
    node::Node,
    retry, state, template, workflow,
};
use crate::definition::{Items, Map, Mode, QueryLanguage, Workflow};

pub(super) fn parse(fields: &Fields<'_>) -> Option<Map> {
    let processor = processor(fields);
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
    distributed::parse(fields);
    let io = io::parse(fields, Extent::Map);
    let retry = retry::parse(fields);
    let catch = catch::parse(fields);
    let assign = assign::parse(fields);
    let transition = state::transition(fields);
    Some(Map {
        processor: processor?,
        mode: Mode::Inline,
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

/// `ItemProcessor`, or `Iterator` as it was called.
fn processor(fields: &Fields<'_>) -> Option<Workflow> {
    let (_, node) = fields.exactly_one(["ItemProcessor", "Iterator"])?;
    let processor = node.fields()?;
    processor.comment();
    if let Some(config) = processor.get("ProcessorConfig").and_then(|node| node.fields()) {
        distributed::processor_config(&config);
        config.finish();
    }
    let workflow = workflow::parse(&processor);
    processor.finish();
    workflow
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
