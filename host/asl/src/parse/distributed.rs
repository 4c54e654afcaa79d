//! What only a distributed Map has. The fields are checked as AWS does, and then the state is
//! refused: only inline Maps are run.
//!
//! See <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>.

use super::{fields::Fields, location::quoted, node::Node, template};
use crate::{definition::QueryLanguage, diagnostic::Code, resource::Resource};

/// How many characters a `Label` may have.
const MAX_LABEL: usize = 40;
/// How many items `MaxItems` may ask for.
const MAX_ITEMS: u64 = 100_000_000;
/// How many bytes `MaxInputBytesPerBatch` may ask for.
const MAX_BATCH_BYTES: u64 = 256 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Inline,
    Distributed,
}

/// `ProcessorConfig`.
pub(super) fn processor_config(fields: &Fields<'_>) {
    let mode = fields.get("Mode").and_then(|node| {
        node.one_of(&[("INLINE", Mode::Inline), ("DISTRIBUTED", Mode::Distributed)])
    });
    let type_ = fields.get("ExecutionType");
    match (mode, type_) {
        (Some(Mode::Distributed), Some(type_)) => {
            type_.one_of(&[("STANDARD", ()), ("EXPRESS", ())]);
        }
        (Some(Mode::Distributed), None) => fields.node().error_head(
            Code::SchemaValidationFailed,
            "The field 'ExecutionType' is required but was missing",
            "Add \"ExecutionType\": \"STANDARD\" or \"EXPRESS\".",
        ),
        (_, Some(type_)) => type_.warning(
            "'ExecutionType' has no effect",
            "Only a Map whose Mode is DISTRIBUTED has one. Remove it.",
        ),
        (_, None) => {}
    }
}

/// `ItemReader`, `ItemBatcher`, `ResultWriter`, `Label`.
pub(super) fn parse(fields: &Fields<'_>) {
    let reader = fields.get("ItemReader");
    let batcher = fields.get("ItemBatcher");
    let writer = fields.get("ResultWriter");
    let label = fields.get("Label");
    if let Some(fields) = reader.as_ref().and_then(Node::fields) {
        item_reader(&fields);
        fields.finish();
    }
    if let Some(fields) = batcher.as_ref().and_then(Node::fields) {
        item_batcher(&fields);
        fields.finish();
    }
    if let Some(fields) = writer.as_ref().and_then(Node::fields) {
        result_writer(&fields);
        fields.finish();
    }
    if let Some(label) = &label {
        check_label(label);
    }
    let mode = fields
        .node()
        .find("ItemProcessor")
        .or_else(|| fields.node().find("Iterator"))
        .and_then(|node| node.find("ProcessorConfig"))
        .and_then(|node| node.find("Mode"))
        .filter(|mode| mode.as_str() == Some("DISTRIBUTED"));
    if let Some(node) = mode.or(reader).or(batcher).or(writer).or(label) {
        node.error_head(
            Code::SchemaValidationFailed,
            "Distributed Map is not supported by this version of Stepwell",
            "Use an inline Map: \"Mode\": \"INLINE\", without ItemReader, ItemBatcher, \
             ResultWriter and Label.",
        );
    }
}

fn item_reader(fields: &Fields<'_>) {
    request(fields);
    let Some(config) = fields.get("ReaderConfig").and_then(|node| node.fields()) else { return };
    let choice = |name, values: &[(&str, ())]| config.get(name).map(|node| node.one_of(values));
    choice(
        "InputType",
        &[("CSV", ()), ("JSON", ()), ("JSONL", ()), ("PARQUET", ()), ("MANIFEST", ())],
    );
    choice("ManifestType", &[("ATHENA_DATA", ()), ("S3_INVENTORY", ())]);
    choice("Transformation", &[("NONE", ()), ("LOAD_AND_FLATTEN", ())]);
    choice("CSVHeaderLocation", &[("FIRST_ROW", ()), ("GIVEN", ())]);
    choice(
        "CSVDelimiter",
        &[("COMMA", ()), ("PIPE", ()), ("SEMICOLON", ()), ("SPACE", ()), ("TAB", ())],
    );
    let headers = config.get("CSVHeaders").and_then(|node| node.filled_array());
    for header in headers.unwrap_or_default() {
        header.string();
    }
    if let Some(pointer) = config.get("ItemsPointer") {
        pointer.string();
    }
    number(&config, ["MaxItems", "MaxItemsPath"], MAX_ITEMS);
    config.finish();
}

fn item_batcher(fields: &Fields<'_>) {
    number(fields, ["MaxItemsPerBatch", "MaxItemsPerBatchPath"], MAX_ITEMS);
    number(fields, ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"], MAX_BATCH_BYTES);
    if let Some(input) = fields.get("BatchInput") {
        template::parse(&input);
    }
}

fn result_writer(fields: &Fields<'_>) {
    if fields.node().find("Resource").is_some() || fields.node().find("WriterConfig").is_none() {
        request(fields);
    }
    let Some(config) = fields.get("WriterConfig").and_then(|node| node.fields()) else { return };
    let choice = |name, values: &[(&str, ())]| config.get(name).map(|node| node.one_of(values));
    choice("OutputType", &[("JSON", ()), ("JSONL", ())]);
    choice("Transformation", &[("NONE", ()), ("COMPACT", ()), ("FLATTEN", ())]);
    config.finish();
}

/// `Resource` with `Parameters` or `Arguments`.
fn request(fields: &Fields<'_>) {
    if let Some(node) = fields.required("Resource")
        && let Some(text) = node.string()
        && let Err(error) = Resource::parse(text)
    {
        node.error("Value is not a valid resource ARN", error);
    }
    let name = match fields.language() {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    if let Some(node) = fields.get(name) {
        template::parse(&node);
    }
}

fn number(fields: &Fields<'_>, names: [&'static str; 2], max: u64) {
    fields.fixed_or_computed(names, |node| node.integer(0..=max), Node::path_expression);
}

fn check_label(node: &Node<'_>) {
    let Some(label) = node.string() else { return };
    if label.is_empty() || label.chars().count() > MAX_LABEL {
        node.error(
            format_args!("Label must have 1 to {MAX_LABEL} characters"),
            "It becomes part of the ARN of the Map Run. Choose a shorter one.",
        );
    }
    let invalid =
        |c: &char| c.is_whitespace() || c.is_control() || "?*<>{}[]\"#%\\^|~`$&,;:/".contains(*c);
    if let Some(invalid) = label.chars().find(invalid) {
        node.error(
            format_args!("Label contains invalid character: {invalid:?}"),
            format_args!("Use letters, digits, - and _ in \"{}\".", quoted(label)),
        );
    }
}
