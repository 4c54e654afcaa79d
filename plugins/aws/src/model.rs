//! What the operations of a service take and return, as a file of `model/` has it.
//!
//! `model/generate.py` says what a line means. A file is read where it is needed: an operation
//! looks at its own shapes, and leaves the thousands of others alone.

use stepwell_task::Effect;

/// A file of `model/`.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    header: &'static str,
    shapes: Vec<&'static str>,
    errors: &'static str,
    operations: &'static str,
}

/// How a service's requests and answers are written.
///
/// <https://smithy.io/2.0/aws/protocols/index.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON, of version `1.0` or `1.1`.
    Json {
        version: &'static str,
        target: &'static str,
    },
    RestJson,
    RestXml,
    /// Of this version of the API.
    Query {
        version: &'static str,
    },
}

/// One thing that a service does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    /// Step Functions' name of it: `putItem`.
    pub(crate) name: &'static str,
    pub(crate) method: &'static str,
    /// With labels, as `/{Bucket}/{Key+}?acl`.
    pub(crate) path: &'static str,
    pub(crate) input: Option<Id>,
    pub(crate) output: Option<Id>,
    pub(crate) effect: Effect,
    /// Whether the service wants a checksum of the body.
    pub(crate) has_checksum: bool,
    /// The element around a result.
    pub(crate) wrapper: Option<&'static str>,
}

/// Which shape of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Id(usize);

/// What a value may be.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Text,
    /// Text, or any JSON, which is sent as text.
    TextOrJson,
    Boolean,
    Integer,
    Number,
    Time(Option<TimeFormat>),
    /// Bytes that are text as a rule.
    Blob,
    /// Bytes that are none.
    Binary,
    Any,
    List(List),
    Map(Map),
    Structure(Vec<Member>),
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeFormat {
    /// Seconds since 1970.
    Unix,
    Iso8601,
    /// As in headers of HTTP.
    Http,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    pub(crate) item: Id,
    /// The name of an item's element.
    pub(crate) element: &'static str,
    pub(crate) is_flat: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Map {
    pub(crate) value: Id,
    pub(crate) key_element: &'static str,
    pub(crate) value_element: &'static str,
    pub(crate) is_flat: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// As Step Functions calls it, in PascalCase.
    pub(crate) name: &'static str,
    /// As the service does, in a body.
    pub(crate) wire: String,
    pub(crate) shape: Id,
    pub(crate) place: Place,
    pub(crate) is_required: bool,
    /// Made up where there is none, so that the service knows a repetition.
    pub(crate) is_token: bool,
    /// Of a list or map, whether it has no element around it.
    pub(crate) is_flat: bool,
    pub(crate) is_attribute: bool,
    pub(crate) namespace: Option<&'static str>,
    pub(crate) time: Option<TimeFormat>,
}

/// Where a member is in a request or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among others in the body.
    Body,
    /// It is the body.
    Payload,
    Header(&'static str),
    /// All headers whose names begin so.
    Headers(&'static str),
    Query(&'static str),
    Path(&'static str),
    Status,
}

impl Model {
    /// Takes a file of `model/`, which has four sections. What is not there is empty.
    pub(crate) fn new(text: &'static str) -> Self {
        let mut sections = text.split("\n\n");
        let mut section = || sections.next().unwrap_or_default();
        let (header, shapes, errors, operations) = (section(), section(), section(), section());
        Self { header, shapes: shapes.lines().collect(), errors, operations }
    }

    /// A value of the header; empty where there is none.
    fn value(&self, name: &str) -> &'static str {
        let pair = |line: &'static str| line.split_once(' ');
        let mut values = self.header.lines().filter_map(pair);
        values.find(|(own, _)| *own == name).map(|(_, value)| value).unwrap_or_default()
    }

    /// Step Functions' name of the service: `dynamodb`.
    pub(crate) fn name(&self) -> &'static str {
        self.value("name")
    }

    /// Its name in the AWS SDK for Java: `DynamoDb`.
    pub(crate) fn class(&self) -> &'static str {
        self.value("class")
    }

    /// What the name of its host begins with.
    pub(crate) fn endpoint(&self) -> &'static str {
        self.value("endpoint")
    }

    /// The name of the service that a signature is for.
    pub(crate) fn signing(&self) -> &'static str {
        self.value("signing")
    }

    pub(crate) fn protocol(&self) -> Protocol {
        match self.value("protocol") {
            "json" => Protocol::Json { version: self.value("json"), target: self.value("target") },
            "rest-json" => Protocol::RestJson,
            "rest-xml" => Protocol::RestXml,
            _ => Protocol::Query { version: self.value("version") },
        }
    }

    /// All operations, in alphabetical order.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation> + use<> {
        self.operations.lines().filter_map(Operation::parse)
    }

    /// The operation of that name.
    pub(crate) fn operation(&self, name: &str) -> Option<Operation> {
        let is_it = |line: &&str| line.split(' ').next() == Some(name);
        self.operations.lines().find(is_it).and_then(Operation::parse)
    }

    /// A shape. What a model does not have is anything.
    pub(crate) fn shape(&self, id: Id) -> Shape {
        self.shapes.get(id.0).and_then(|line| Shape::parse(line)).unwrap_or(Shape::Any)
    }

    /// The members of a structure; none where it is no structure.
    pub(crate) fn members(&self, id: Id) -> Vec<Member> {
        match self.shape(id) {
            Shape::Structure(members) => members,
            _ => Vec::new(),
        }
    }

    /// The name that version 2 of the AWS SDK for Java has for an error's code.
    pub(crate) fn exception(&self, code: &str) -> Option<&'static str> {
        self.errors().find(|(own, _)| *own == code).map(|(_, name)| name)
    }

    /// The name that version 1 has: the shape's own, where version 2 writes `KMS` as `Kms`.
    pub(crate) fn exception_of_old(&self, code: &str) -> Option<String> {
        let name = self.exception(code)?;
        // Of the codes of one error, one is the shape's name.
        let codes = self.errors().filter(|(_, its)| *its == name);
        let mut names = codes.map(|(own, _)| match own.strip_suffix("Exception") {
            Some(_) => own.to_owned(),
            None => format!("{}Exception", own.strip_suffix("Fault").unwrap_or(own)),
        });
        Some(names.find(|own| own.eq_ignore_ascii_case(name)).unwrap_or_else(|| name.to_owned()))
    }

    fn errors(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.errors.lines().filter_map(|line| line.split_once(' '))
    }
}

impl Operation {
    fn parse(line: &'static str) -> Option<Self> {
        let mut parts = line.split(' ');
        let (name, method, path) = (parts.next()?, parts.next()?, parts.next()?);
        let (input, output) = (parts.next()?, parts.next()?);
        let mut operation = Self {
            name,
            method,
            path,
            input: Id::parse(input),
            output: Id::parse(output),
            effect: Effect::AtMostOnce,
            has_checksum: false,
            wrapper: None,
        };
        for option in parts {
            match option.split_once(':') {
                None if option == "r" => operation.effect = Effect::Idempotent,
                None if option == "c" => operation.has_checksum = true,
                Some(("w", wrapper)) => operation.wrapper = Some(wrapper),
                _ => return None,
            }
        }
        Some(operation)
    }
}

impl Id {
    fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }

    /// Its number, which is its name in a schema.
    pub(crate) fn number(self) -> usize {
        self.0
    }
}

impl TimeFormat {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "unixTimestamp" => Some(Self::Unix),
            "iso8601" => Some(Self::Iso8601),
            "rfc822" => Some(Self::Http),
            _ => None,
        }
    }
}

impl Shape {
    fn parse(line: &'static str) -> Option<Self> {
        let mut parts = line.split(' ');
        Some(match parts.next()? {
            "s" => Self::Text,
            "j" => Self::TextOrJson,
            "b" => Self::Boolean,
            "i" => Self::Integer,
            "f" => Self::Number,
            "t" => Self::Time(parts.next().and_then(TimeFormat::parse)),
            "x" => Self::Blob,
            "y" => Self::Binary,
            "a" => Self::Any,
            "[" => {
                let item = Id::parse(parts.next()?)?;
                let mut list = List { item, element: "member", is_flat: false };
                for option in parts {
                    match option.split_once(':') {
                        None if option == "F" => list.is_flat = true,
                        Some(("e", name)) => list.element = name,
                        _ => return None,
                    }
                }
                Self::List(list)
            }
            "<" => {
                let value = Id::parse(parts.next()?)?;
                let mut map =
                    Map { value, key_element: "key", value_element: "value", is_flat: false };
                for option in parts {
                    match option.split_once(':') {
                        None if option == "F" => map.is_flat = true,
                        Some(("k", name)) => map.key_element = name,
                        Some(("v", name)) => map.value_element = name,
                        _ => return None,
                    }
                }
                Self::Map(map)
            }
            "{" => Self::Structure(parts.map(Member::parse).collect::<Option<_>>()?),
            _ => return None,
        })
    }
}

impl Member {
    /// Whether it is a part of the path.
    pub(crate) fn is_label(&self) -> bool {
        matches!(self.place, Place::Path(_))
    }

    fn parse(text: &'static str) -> Option<Self> {
        let mut parts = text.split(';');
        let (name, shape) = parts.next()?.split_once('=')?;
        let (name, is_required) = match name.strip_suffix('!') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let mut member = Self {
            name,
            wire: name.to_owned(),
            shape: Id::parse(shape)?,
            place: Place::Body,
            is_required,
            is_token: false,
            is_flat: false,
            is_attribute: false,
            namespace: None,
            time: None,
        };
        for option in parts {
            match option.split_once(':') {
                None => match option {
                    "l" => member.wire = small(name),
                    "c" => member.place = Place::Status,
                    "P" => member.place = Place::Payload,
                    "I" => member.is_token = true,
                    "F" => member.is_flat = true,
                    "@" => member.is_attribute = true,
                    _ => return None,
                },
                Some((kind, value)) => match kind {
                    "w" => member.wire = value.to_owned(),
                    "h" => member.place = Place::Header(value),
                    "p" => member.place = Place::Headers(value),
                    "q" => member.place = Place::Query(value),
                    "u" => member.place = Place::Path(value),
                    "n" => member.namespace = Some(value),
                    "t" => member.time = Some(TimeFormat::parse(value)?),
                    _ => return None,
                },
            }
        }
        Some(member)
    }
}

/// With a small letter at the beginning.
fn small(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services;

    #[test]
    fn every_line_of_every_model_is_understood() {
        for service in services::ALL {
            let model = service.model();
            assert_eq!(model.name(), service.name());
            assert!(!model.class().is_empty() && !model.endpoint().is_empty());
            for line in &model.shapes {
                let shape = Shape::parse(line).unwrap_or_else(|| panic!("{line}"));
                let children = match shape {
                    Shape::List(list) => vec![list.item],
                    Shape::Map(map) => vec![map.value],
                    Shape::Structure(members) => members.iter().map(|it| it.shape).collect(),
                    _ => Vec::new(),
                };
                assert!(children.iter().all(|id| id.0 < model.shapes.len()), "{line}");
            }
            let known = model.operations.lines().count();
            assert_eq!(model.operations().count(), known, "{}", service.name());
            for operation in model.operations() {
                assert!(operation.path.starts_with('/'), "{operation:?}");
                for id in [operation.input, operation.output].into_iter().flatten() {
                    assert!(matches!(model.shape(id), Shape::Structure(_)), "{operation:?}");
                }
            }
            assert!(model.errors.lines().all(|line| line.split(' ').count() == 2));
        }
    }

    #[test]
    fn errors_have_the_names_of_the_sdk_for_java() {
        for (service, code, name) in [
            ("s3", "NoSuchBucket", "NoSuchBucketException"),
            ("sqs", "QueueDoesNotExist", "QueueDoesNotExistException"),
            ("sns", "NotFound", "NotFoundException"),
            ("dynamodb", "InternalServerError", "InternalServerErrorException"),
            ("kms", "KMSInvalidStateException", "KmsInvalidStateException"),
        ] {
            let service = services::named(service).unwrap();
            assert_eq!(service.model().exception(code), Some(name), "{code}");
        }
    }

    #[test]
    fn errors_have_their_shapes_names_in_the_sdk_of_old() {
        for (service, code, name) in [
            ("lambda", "EC2ThrottledException", "EC2ThrottledException"),
            ("lambda", "TooManyRequestsException", "TooManyRequestsException"),
            ("sns", "KMSThrottling", "KMSThrottlingException"),
            ("sqs", "QueueDoesNotExist", "QueueDoesNotExistException"),
            ("dynamodb", "InternalServerError", "InternalServerErrorException"),
        ] {
            let model = services::named(service).unwrap().model();
            assert_eq!(model.exception_of_old(code).as_deref(), Some(name), "{code}");
        }
    }

    #[test]
    fn what_may_be_repeated_is_told_from_what_may_not() {
        for (service, operation, effect) in [
            ("dynamodb", "getItem", Effect::Idempotent),
            ("dynamodb", "putItem", Effect::AtMostOnce),
            // It has a token.
            ("dynamodb", "transactWriteItems", Effect::Idempotent),
            ("sqs", "sendMessage", Effect::AtMostOnce),
            ("kms", "encrypt", Effect::Idempotent),
            ("s3", "headObject", Effect::Idempotent),
            ("lambda", "invoke", Effect::AtMostOnce),
            // It sends an e-mail.
            ("ses", "verifyEmailIdentity", Effect::AtMostOnce),
            ("sns", "verifySMSSandboxPhoneNumber", Effect::AtMostOnce),
            ("kms", "verify", Effect::Idempotent),
        ] {
            let model = services::named(service).unwrap().model();
            assert_eq!(model.operation(operation).unwrap().effect, effect, "{operation}");
        }
    }
}
