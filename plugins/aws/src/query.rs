//! Bodies of the Query protocol: parameters of a form.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    input::{Node, Structure},
    model::TimeFormat,
    time,
    url::encode,
};

/// The body of a request for an action.
pub(crate) fn write(action: &str, version: &str, structure: &Structure) -> String {
    let mut form = Form(String::new());
    form.push("Action", action);
    form.push("Version", version);
    form.structure("", structure);
    form.0
}

struct Form(String);

impl Form {
    fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0 += &encode(name);
        self.0.push('=');
        // As forms have it.
        self.0 += &encode(value).replace("%20", "+");
    }

    fn structure(&mut self, prefix: &str, structure: &Structure) {
        for (member, node) in structure {
            match prefix {
                "" => self.node(&member.wire, node),
                prefix => self.node(&format!("{prefix}.{}", member.wire), node),
            }
        }
    }

    fn node(&mut self, name: &str, node: &Node) {
        match node {
            Node::Text(text) => self.push(name, text),
            Node::Boolean(value) => self.push(name, if *value { "true" } else { "false" }),
            Node::Number(number) => self.push(name, &number.to_string()),
            Node::Time(time, format) => {
                self.push(name, &time::text(*time, format.unwrap_or(TimeFormat::Iso8601)));
            }
            Node::Bytes(bytes, _) => self.push(name, &BASE64_STANDARD.encode(bytes)),
            Node::Any(value) => self.push(name, &value.to_string()),
            // An empty list is told from none.
            Node::List(_, items) if items.is_empty() => self.push(name, ""),
            Node::List(list, items) => {
                let prefix = match list.is_flat {
                    true => name.to_owned(),
                    false => format!("{name}.{}", list.element),
                };
                for (at, item) in (1..).zip(items) {
                    self.node(&format!("{prefix}.{at}"), item);
                }
            }
            Node::Map(map, entries) => {
                let prefix = match map.is_flat {
                    true => name.to_owned(),
                    false => format!("{name}.entry"),
                };
                for (at, (key, value)) in (1..).zip(entries) {
                    self.push(&format!("{prefix}.{at}.{}", map.key_element), key);
                    self.node(&format!("{prefix}.{at}.{}", map.value_element), value);
                }
            }
            Node::Structure(structure) => self.structure(name, structure),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{input::Reader, services};

    fn written(service: &str, operation: &str, input: Value) -> String {
        let model = services::named(service).unwrap().model();
        let shape = model.operation(operation).unwrap().input;
        let structure = Reader { model: &model, token: "t" }.input(shape, &input).unwrap();
        write("Act", "2010-01-01", &structure)
    }

    #[test]
    fn what_is_nested_has_the_names_of_all_that_is_around_it() {
        let input = json!({
            "TopicArn": "arn:a", "Message": "a b&c",
            "MessageAttributes": { "Kind": { "DataType": "String", "StringValue": "ü" } },
        });
        assert_eq!(
            written("sns", "publish", input),
            "Action=Act&Version=2010-01-01&Message=a+b%26c\
             &MessageAttributes.entry.1.Name=Kind\
             &MessageAttributes.entry.1.Value.DataType=String\
             &MessageAttributes.entry.1.Value.StringValue=%C3%BC&TopicArn=arn%3Aa"
        );
    }

    #[test]
    fn lists_are_numbered_and_empty_ones_are_said() {
        let tags =
            |tags: Value| written("sns", "createTopic", json!({ "Name": "n", "Tags": tags }));
        assert_eq!(
            tags(json!([{ "Key": "a", "Value": "1" }, { "Key": "b", "Value": "2" }])),
            "Action=Act&Version=2010-01-01&Name=n&Tags.member.1.Key=a&Tags.member.1.Value=1\
             &Tags.member.2.Key=b&Tags.member.2.Value=2"
        );
        assert_eq!(tags(json!([])), "Action=Act&Version=2010-01-01&Name=n&Tags=");
    }
}
