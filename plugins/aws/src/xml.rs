//! Bodies in XML.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html>

use base64::{Engine as _, prelude::BASE64_STANDARD};
use quick_xml::{
    Reader, XmlVersion,
    escape::{escape, resolve_xml_entity},
    events::{BytesStart, Event},
};
use serde_json::{Map, Number, Value};

use crate::{
    input::{Node, Structure},
    json::bytes_as_text,
    model::{Id, Member, Model, Place, Shape, TimeFormat},
    time,
};

/// How deep elements may lie in each other: shapes do not go deeper.
const MAX_DEPTH: usize = 64;

/// An element, without its namespace.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    text: String,
}

/// Why a text is no document that a service would send.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("it is no XML: {0}")]
    Syntax(#[from] quick_xml::Error),
    #[error("it is no XML: it ends in the middle")]
    Unfinished,
    #[error("elements are more than {MAX_DEPTH} deep in it")]
    Depth,
    #[error("it has the entity `{0}`, which is not defined")]
    Entity(String),
}

impl Element {
    /// The element around a document.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let mut reader = Reader::from_str(text);
        // The document itself holds its one element.
        let mut open = vec![Self::default()];
        loop {
            let event = reader.read_event()?;
            let top = open.last_mut().ok_or(Error::Unfinished)?;
            match event {
                Event::Start(start) => {
                    if open.len() > MAX_DEPTH {
                        return Err(Error::Depth);
                    }
                    open.push(Self::start(&start)?);
                }
                Event::Empty(start) => {
                    let element = Self::start(&start)?;
                    top.children.push(element);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or(Error::Unfinished)?;
                    open.last_mut().ok_or(Error::Unfinished)?.children.push(element);
                }
                Event::Text(text) => top.text += &text.decode().map_err(quick_xml::Error::from)?,
                Event::CData(text) => top.text += &text.decode().map_err(quick_xml::Error::from)?,
                Event::GeneralRef(reference) => {
                    let name = reference.decode().map_err(quick_xml::Error::from)?;
                    match reference.resolve_char_ref()? {
                        Some(letter) => top.text.push(letter),
                        None => {
                            let unknown = || Error::Entity(name.to_string());
                            top.text += resolve_xml_entity(&name).ok_or_else(unknown)?;
                        }
                    }
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        match open.pop() {
            Some(mut document) if open.is_empty() => {
                document.children.pop().ok_or(Error::Unfinished)
            }
            _ => Err(Error::Unfinished),
        }
    }

    fn start(start: &BytesStart<'_>) -> Result<Self, Error> {
        let decoder = start.decoder();
        let name =
            decoder.decode(start.local_name().into_inner()).map_err(quick_xml::Error::from)?;
        let mut element = Self { name: name.into_owned(), ..Self::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(quick_xml::Error::from)?;
            let name =
                decoder.decode(attribute.key.into_inner()).map_err(quick_xml::Error::from)?;
            let value = attribute.decoded_and_normalized_value(XmlVersion::Implicit1_0, decoder)?;
            element.attributes.push((name.into_owned(), value.into_owned()));
        }
        Ok(element)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The first element in it of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element in it of that name.
    pub(crate) fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str())
    }
}

/// The members of a structure that an element has.
pub(crate) fn read_members(
    model: &Model,
    members: &[Member],
    element: &Element,
) -> Map<String, Value> {
    let read_here = |member: &Member| {
        let value = match model.shape(member.shape) {
            _ if member.is_attribute => {
                let is_it = |(name, _): &&(String, String)| *name == member.wire;
                element.attributes.iter().find(is_it)?.1.as_str().into()
            }
            Shape::List(list) if list.is_flat || member.is_flat => {
                let all = element.children.iter().filter(|child| child.name == member.wire);
                let items: Vec<_> = all.map(|child| read(model, list.item, child)).collect();
                if items.is_empty() {
                    return None;
                }
                items.into()
            }
            Shape::Map(map) if map.is_flat || member.is_flat => {
                let all = element.children.iter().filter(|child| child.name == member.wire);
                let entries: Map<_, _> =
                    all.filter_map(|child| entry(model, &map, child)).collect();
                if entries.is_empty() {
                    return None;
                }
                entries.into()
            }
            _ => read(model, member.shape, element.child(&member.wire)?),
        };
        Some((member.name.to_owned(), value))
    };
    let body = members.iter().filter(|member| member.place == Place::Body);
    body.filter_map(read_here).collect()
}

/// What an element says, as Step Functions gives it to a state. What does not fit its shape is left
/// as text.
pub(crate) fn read(model: &Model, id: Id, element: &Element) -> Value {
    let text = element.text.as_str();
    let number = |text: &str| text.trim().parse::<Number>().ok();
    match model.shape(id) {
        Shape::Text | Shape::TextOrJson | Shape::Binary | Shape::Any => text.into(),
        Shape::Boolean => text.trim().parse::<bool>().map_or_else(|_| text.into(), Value::from),
        Shape::Integer | Shape::Number => number(text).map_or_else(|| text.into(), Value::Number),
        Shape::Time(_) => {
            time::parse(text).map_or_else(|| text.into(), |time| time::iso8601(time).into())
        }
        Shape::Blob => {
            BASE64_STANDARD.decode(text).map_or_else(|_| text.to_owned(), bytes_as_text).into()
        }
        Shape::List(list) => {
            element.children.iter().map(|child| read(model, list.item, child)).collect()
        }
        Shape::Map(map) => {
            let entries = element.children.iter().filter_map(|child| entry(model, &map, child));
            Value::Object(entries.collect())
        }
        Shape::Structure(members) => Value::Object(read_members(model, &members, element)),
    }
}

fn entry(model: &Model, map: &crate::model::Map, element: &Element) -> Option<(String, Value)> {
    let key = element.child_text(map.key_element)?;
    let value = element.child(map.value_element)?;
    Some((key.to_owned(), read(model, map.value, value)))
}

/// A document with one element.
pub(crate) fn write(name: &str, namespace: Option<&str>, structure: &Structure) -> String {
    let mut text = String::new();
    write_structure(&mut text, name, namespace, structure);
    text
}

fn write_structure(text: &mut String, name: &str, namespace: Option<&str>, structure: &Structure) {
    *text += &format!("<{name}");
    let (attributes, elements): (Vec<_>, Vec<_>) =
        structure.iter().partition(|(member, _)| member.is_attribute);
    if let Some(namespace) = namespace {
        // The namespace is that of its attributes where it has some.
        let prefix = attributes.first().and_then(|(member, _)| member.wire.split_once(':'));
        match prefix {
            Some((prefix, _)) => *text += &format!(" xmlns:{prefix}=\"{}\"", escape(namespace)),
            None => *text += &format!(" xmlns=\"{}\"", escape(namespace)),
        }
    }
    for (member, node) in attributes {
        if let Some(value) = scalar(node) {
            *text += &format!(" {}=\"{}\"", member.wire, escape(&value));
        }
    }
    text.push('>');
    for (member, node) in elements {
        if member.place == Place::Body {
            write_node(text, &member.wire, member.namespace, node);
        }
    }
    *text += &format!("</{name}>");
}

fn write_node(text: &mut String, name: &str, namespace: Option<&str>, node: &Node) {
    match node {
        Node::List(list, items) if list.is_flat => {
            for item in items {
                write_node(text, name, None, item);
            }
        }
        Node::List(list, items) => {
            *text += &format!("<{name}>");
            for item in items {
                write_node(text, list.element, None, item);
            }
            *text += &format!("</{name}>");
        }
        Node::Map(map, entries) => {
            let (around, each) = if map.is_flat { (None, name) } else { (Some(name), "entry") };
            *text += &around.map(|name| format!("<{name}>")).unwrap_or_default();
            for (key, value) in entries {
                let key_name = map.key_element;
                *text += &format!("<{each}><{key_name}>{}</{key_name}>", escape(key));
                write_node(text, map.value_element, None, value);
                *text += &format!("</{each}>");
            }
            *text += &around.map(|name| format!("</{name}>")).unwrap_or_default();
        }
        Node::Structure(structure) => write_structure(text, name, namespace, structure),
        node => {
            let value = scalar(node).unwrap_or_default();
            *text += &format!("<{name}>{}</{name}>", escape(&value));
        }
    }
}

/// The text of what has no parts.
pub(crate) fn scalar(node: &Node) -> Option<String> {
    Some(match node {
        Node::Text(text) => text.clone(),
        Node::Boolean(value) => value.to_string(),
        Node::Number(number) => number.to_string(),
        Node::Time(time, format) => time::text(*time, format.unwrap_or(TimeFormat::Iso8601)),
        Node::Bytes(bytes, _) => BASE64_STANDARD.encode(bytes),
        Node::Any(value) => value.to_string(),
        Node::List(..) | Node::Map(..) | Node::Structure(_) => return None,
    })
}

#[cfg(test)]
mod tests;
