//! What only a distributed Map has.
//!
//! See <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>.

use super::{fields::Fields, location::quoted, node::Node, template};
use crate::{
    definition::{
        Csv, CsvHeaders, Distributed, Field, Format, ItemBatcher, ItemReader, Mode, OutputType,
        QueryLanguage, Reads, ResultWriter, Transformation, Type,
    },
    diagnostic::{Code, INVALID_LABEL, repr},
    expression::Template,
};

/// How many characters a `Label` may have.
const MAX_LABEL: usize = 40;
/// How many items `MaxItems` may ask for.
const MAX_ITEMS: u64 = 100_000_000;
/// How many bytes `MaxInputBytesPerBatch` may ask for.
const MAX_BATCH_BYTES: u64 = 256 * 1024;

/// `ProcessorConfig`: the type of the child executions, where the Map is distributed.
pub(super) fn processor_config(fields: &Fields<'_>) -> Option<Type> {
    let mode = fields.get("Mode");
    let distributed =
        mode.as_ref().and_then(|node| node.one_of(&[("INLINE", false), ("DISTRIBUTED", true)]));
    let type_ = fields.get("ExecutionType");
    match (distributed, type_) {
        (Some(true), Some(type_)) => {
            if fields.context().type_() == Type::Express
                && let Some(mode) = mode
            {
                mode.error(
                    "Express state machine does not support distributed Map",
                    "Use a Standard workflow, or \"Mode\": \"INLINE\".",
                );
            }
            type_.one_of(&[("STANDARD", Type::Standard), ("EXPRESS", Type::Express)])
        }
        (Some(true), None) => {
            fields.node().error_head(
                Code::SchemaValidationFailed,
                "The field 'ExecutionType' is required but was missing",
                "Add \"ExecutionType\": \"STANDARD\" or \"EXPRESS\".",
            );
            Some(Type::Standard)
        }
        (_, Some(type_)) => {
            type_.warning(
                "'ExecutionType' has no effect",
                "Only a Map whose Mode is DISTRIBUTED has one. Remove it.",
            );
            None
        }
        (_, None) => None,
    }
}

/// The mode of a Map, whose child executions have this type where it is distributed, with
/// `ItemReader`, `ItemBatcher`, `ResultWriter` and `Label`. None where one of them is wrong.
pub(super) fn mode(fields: &Fields<'_>, execution_type: Option<Type>) -> Option<Mode> {
    let nodes = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"].map(|name| fields.get(name));
    let Some(execution_type) = execution_type else {
        for node in nodes.into_iter().flatten() {
            node.error_head(
                Code::SchemaValidationFailed,
                format_args!("Field '{}' is not supported by an inline Map", node.key()),
                "Add \"ProcessorConfig\": {\"Mode\": \"DISTRIBUTED\", \"ExecutionType\": \
                 \"STANDARD\"} to the ItemProcessor.",
            );
        }
        return Some(Mode::Inline);
    };
    let [reader, batcher, writer, label] = nodes;
    let reader = reader.map(|node| part(&node, item_reader));
    let batcher = batcher.map(|node| part(&node, item_batcher));
    let writer = writer.map(|node| part(&node, result_writer));
    let label = label.map(|node| self::label(&node));
    Some(Mode::Distributed(Box::new(Distributed {
        execution_type,
        label: optional(label)?,
        item_reader: optional(reader)?,
        item_batcher: optional(batcher)?,
        result_writer: optional(writer)?,
    })))
}

/// None where something is there and wrong.
fn optional<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}

/// An object with fields of its own.
fn part<T>(node: &Node<'_>, parse: impl Fn(&Fields<'_>) -> Option<T>) -> Option<T> {
    let fields = node.fields()?;
    let part = parse(&fields);
    fields.finish();
    part
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    GetObject,
    ListObjects,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InputType {
    Csv,
    Json,
    JsonLines,
    Parquet,
    Manifest,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ManifestType {
    Athena,
    Inventory,
}

fn item_reader(fields: &Fields<'_>) -> Option<ItemReader> {
    let action = resource(
        fields,
        &[("s3:getObject", Action::GetObject), ("s3:listObjectsV2", Action::ListObjects)],
    );
    let arguments = arguments(fields);
    let config = fields.get("ReaderConfig");
    let (reads, max_items) = match config {
        None => (action.and_then(|action| reads(fields, action, &Config::default())), None),
        Some(node) => {
            let config_fields = node.fields()?;
            let config = Config::parse(&config_fields);
            let reads = action.and_then(|action| reads(&config_fields, action, &config));
            let max_items = number(&config_fields, ["MaxItems", "MaxItemsPath"], 0, MAX_ITEMS);
            config_fields.finish();
            (reads, max_items)
        }
    };
    Some(ItemReader { arguments, reads: reads?, max_items })
}

/// `ReaderConfig`, field by field.
#[derive(Default)]
struct Config {
    input_type: Option<InputType>,
    manifest_type: Option<ManifestType>,
    flatten: bool,
    /// `CSVHeaderLocation` is `GIVEN`; none where it is not there.
    headers_given: Option<bool>,
    headers: Option<Vec<String>>,
    delimiter: Option<u8>,
    pointer: Option<String>,
}

impl Config {
    fn parse(fields: &Fields<'_>) -> Self {
        let input_type = fields.get("InputType").and_then(|node| {
            node.one_of(&[
                ("CSV", InputType::Csv),
                ("JSON", InputType::Json),
                ("JSONL", InputType::JsonLines),
                ("PARQUET", InputType::Parquet),
                ("MANIFEST", InputType::Manifest),
            ])
        });
        let manifest_type = fields.get("ManifestType").and_then(|node| {
            node.one_of(&[
                ("ATHENA_DATA", ManifestType::Athena),
                ("S3_INVENTORY", ManifestType::Inventory),
            ])
        });
        let transformation = fields
            .get("Transformation")
            .and_then(|node| node.one_of(&[("NONE", false), ("LOAD_AND_FLATTEN", true)]));
        let headers_given = fields
            .get("CSVHeaderLocation")
            .and_then(|node| node.one_of(&[("FIRST_ROW", false), ("GIVEN", true)]));
        let headers = fields.get("CSVHeaders").and_then(|node| {
            let headers = node.filled_array()?;
            headers.iter().map(|header| header.string().map(str::to_owned)).collect()
        });
        let delimiter = fields.get("CSVDelimiter").and_then(|node| {
            node.one_of(&[
                ("COMMA", b','),
                ("PIPE", b'|'),
                ("SEMICOLON", b';'),
                ("SPACE", b' '),
                ("TAB", b'\t'),
            ])
        });
        let pointer = fields.get("ItemsPointer").and_then(|node| json_pointer(&node));
        Self {
            input_type,
            manifest_type,
            flatten: transformation.unwrap_or_default(),
            headers_given,
            headers,
            delimiter,
            pointer,
        }
    }

    fn csv(&self, fields: &Fields<'_>) -> Option<Csv> {
        let Some(given) = self.headers_given else {
            fields.node().error_head(
                Code::SchemaValidationFailed,
                "The field 'CSVHeaderLocation' is required but was missing",
                "Add \"CSVHeaderLocation\": \"FIRST_ROW\", or \"GIVEN\" with CSVHeaders.",
            );
            return None;
        };
        let headers = match (given, &self.headers) {
            (false, _) => CsvHeaders::FirstRow,
            (true, Some(headers)) => CsvHeaders::Given(headers.clone()),
            (true, None) => {
                if fields.node().find("CSVHeaders").is_none() {
                    fields.node().error_head(
                        Code::SchemaValidationFailed,
                        "The field 'CSVHeaders' is required but was missing",
                        "Add \"CSVHeaders\": [...] with the names of the columns, or take \
                         \"FIRST_ROW\" as CSVHeaderLocation.",
                    );
                }
                return None;
            }
        };
        Some(Csv { headers, delimiter: self.delimiter.unwrap_or(b',') })
    }

    /// `InputType`, where it names a format.
    fn format(&self, fields: &Fields<'_>) -> Option<Format> {
        let Some(input_type) = self.input_type else {
            if fields.node().find("InputType").is_none() {
                fields.node().error_head(
                    Code::SchemaValidationFailed,
                    "The field 'InputType' is required but was missing",
                    "Say in ReaderConfig what the objects hold: \"InputType\": \"CSV\", \"JSON\", \
                     \"JSONL\" or \"PARQUET\".",
                );
            }
            return None;
        };
        Some(match input_type {
            InputType::Csv => Format::Csv(self.csv(fields)?),
            InputType::Json => Format::Json { pointer: self.pointer.clone() },
            InputType::JsonLines => Format::JsonLines,
            InputType::Parquet => Format::Parquet,
            InputType::Manifest => {
                if let Some(node) = fields.node().find("InputType") {
                    node.error(
                        "'InputType' must be the type of the objects",
                        "MANIFEST is none of them: CSV, JSON, JSONL, PARQUET.",
                    );
                }
                return None;
            }
        })
    }
}

fn reads(fields: &Fields<'_>, action: Action, config: &Config) -> Option<Reads> {
    Some(match (action, config) {
        (Action::ListObjects, Config { flatten: true, .. }) => {
            Reads::ListedObjects(config.format(fields)?)
        }
        (Action::ListObjects, _) => Reads::Listing,
        (_, Config { manifest_type: Some(ManifestType::Athena), .. }) => {
            Reads::AthenaManifest(config.format(fields)?)
        }
        (_, Config { manifest_type: Some(ManifestType::Inventory), input_type: None, .. })
        | (_, Config { input_type: Some(InputType::Manifest), .. }) => Reads::Inventory,
        (_, Config { manifest_type: Some(ManifestType::Inventory), .. }) => {
            if let Some(node) = fields.node().find("InputType") {
                node.error(
                    "'InputType' is not allowed for the ManifestType S3_INVENTORY",
                    "An inventory is read as what it is. Remove InputType.",
                );
            }
            return None;
        }
        (_, _) => Reads::Object(config.format(fields)?),
    })
}

fn item_batcher(fields: &Fields<'_>) -> Option<ItemBatcher> {
    let max_items = number(fields, ["MaxItemsPerBatch", "MaxItemsPerBatchPath"], 1, MAX_ITEMS);
    let max_bytes =
        number(fields, ["MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"], 1, MAX_BATCH_BYTES);
    let limits = [
        "MaxItemsPerBatch",
        "MaxItemsPerBatchPath",
        "MaxInputBytesPerBatch",
        "MaxInputBytesPerBatchPath",
    ];
    if limits.iter().all(|name| fields.node().find(name).is_none()) {
        fields.node().error_head(
            Code::SchemaValidationFailed,
            "At least one of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]",
            "Say how large a batch may be.",
        );
    }
    let input = fields.get("BatchInput").and_then(|node| template::parse(&node));
    Some(ItemBatcher { max_items, max_bytes, input })
}

fn result_writer(fields: &Fields<'_>) -> Option<ResultWriter> {
    let exports = fields.get("Resource").is_some() || fields.node().find("WriterConfig").is_none();
    let destination = if exports {
        resource(fields, &[("s3:putObject", ())])?;
        Some(arguments(fields).unwrap_or_else(|| Template::Literal(serde_json::json!({}))))
    } else {
        None
    };
    let mut writer = ResultWriter {
        destination,
        output: OutputType::default(),
        transformation: Transformation::default(),
    };
    if let Some(config) = fields.get("WriterConfig").and_then(|node| node.fields()) {
        let output = config.get("OutputType").and_then(|node| {
            node.one_of(&[("JSON", OutputType::Json), ("JSONL", OutputType::JsonLines)])
        });
        let transformation = config.get("Transformation").and_then(|node| {
            node.one_of(&[
                ("NONE", Transformation::None),
                ("COMPACT", Transformation::Compact),
                ("FLATTEN", Transformation::Flatten),
            ])
        });
        writer.output = output.unwrap_or_default();
        writer.transformation = transformation.unwrap_or_default();
        config.finish();
    }
    Some(writer)
}

/// `Resource`: one of these, behind `arn:PARTITION:states:::`.
fn resource<T: Copy>(fields: &Fields<'_>, actions: &[(&str, T)]) -> Option<T> {
    let node = fields.required("Resource")?;
    let text = node.string()?;
    let action = text
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":states:::"))
        .filter(|(partition, _)| !partition.is_empty() && !partition.contains(':'))
        .and_then(|(_, name)| actions.iter().find(|(action, _)| *action == name));
    if action.is_none() {
        let known: Vec<_> =
            actions.iter().map(|(action, _)| format!("arn:aws:states:::{action}")).collect();
        node.error(
            "Value is not a valid resource ARN",
            format_args!("Here the resource is {}.", known.join(" or ")),
        );
    }
    action.map(|(_, action)| *action)
}

/// `Parameters` or `Arguments`.
fn arguments(fields: &Fields<'_>) -> Option<Template> {
    let name = match fields.language() {
        QueryLanguage::JsonPath => "Parameters",
        QueryLanguage::Jsonata => "Arguments",
    };
    fields.get(name).and_then(|node| template::parse(&node))
}

fn number(fields: &Fields<'_>, names: [&'static str; 2], min: u64, max: u64) -> Option<Field<u64>> {
    fields.fixed_or_computed(names, |node| node.integer(min..=max), Node::path_expression)
}

/// A JSON Pointer. <https://www.rfc-editor.org/rfc/rfc6901>
fn json_pointer(node: &Node<'_>) -> Option<String> {
    let text = node.string()?;
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    if (text.is_empty() || text.starts_with('/')) && escapes {
        return Some(text.to_owned());
    }
    node.error(
        "Value is not a valid JSON Pointer",
        "Write /NAME for a member, /0 for an element, ~1 for a slash and ~0 for a tilde in a name.",
    );
    None
}

fn label(node: &Node<'_>) -> Option<String> {
    let label = node.string()?;
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
            format_args!("{INVALID_LABEL}{}", repr(&invalid.to_string())),
            format_args!("Use letters, digits, - and _ in \"{}\".", quoted(label)),
        );
    }
    Some(label.to_owned())
}
