use serde_json::json;

use super::*;
use crate::{input, services};

fn read_as(service: &str, operation: &str, document: &str) -> Value {
    let model = services::named(service).unwrap().model();
    let output = model.operation(operation).unwrap().output.unwrap();
    read(&model, output, &Element::parse(document).unwrap())
}

#[test]
fn a_document_is_read_by_its_shape() {
    let document = r#"<?xml version="1.0"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Name>b</Name><KeyCount>2</KeyCount><IsTruncated>false</IsTruncated>
          <Contents><Key>a&amp;b&#33;</Key><Size>12</Size>
            <LastModified>2026-11-30T12:00:00.000Z</LastModified></Contents>
          <Contents><Key><![CDATA[<c>]]></Key><Size>many</Size></Contents>
          <Unknown/>
        </ListBucketResult>"#;
    assert_eq!(
        read_as("s3", "listObjectsV2", document),
        json!({
            "Contents": [
                { "Key": "a&b!", "LastModified": "2026-11-30T12:00:00Z", "Size": 12 },
                { "Key": "<c>", "Size": "many" },
            ],
            "IsTruncated": false, "KeyCount": 2, "Name": "b",
        })
    );
}

#[test]
fn an_attribute_is_a_member() {
    let document = r#"<R xmlns:xsi="x"><AccessControlList><Grant>
        <Grantee xsi:type="CanonicalUser"><ID>i</ID></Grantee></Grant></AccessControlList></R>"#;
    assert_eq!(
        read_as("s3", "getBucketAcl", document),
        json!({ "Grants": [{ "Grantee": { "ID": "i", "Type": "CanonicalUser" } }] })
    );
}

#[test]
fn a_map_of_the_query_protocol_is_one() {
    let document = "<GetTopicAttributesResult><Attributes>\
                    <entry><key>Owner</key><value>me</value></entry></Attributes>\
                    </GetTopicAttributesResult>";
    assert_eq!(
        read_as("sns", "getTopicAttributes", document),
        json!({ "Attributes": { "Owner": "me" } })
    );
}

#[test]
fn what_is_no_document_is_refused() {
    let error = |text: &str| Element::parse(text).unwrap_err().to_string();
    assert_eq!(error(""), "it is no XML: it ends in the middle");
    assert_eq!(error("<a><b></b>"), "it is no XML: it ends in the middle");
    assert!(error("<a></b>").starts_with("it is no XML: "));
    assert_eq!(error("<a>&xxe;</a>"), "it has the entity `xxe`, which is not defined");
    let deep = "<a>".repeat(65);
    assert_eq!(error(&deep), "elements are more than 64 deep in it");
}

#[test]
fn a_document_is_written_with_namespaces_and_attributes() {
    let model = services::S3.model();
    let written = |operation: &str, value: Value| {
        let shape = model.operation(operation).unwrap().input;
        let read = input::Reader { model: &model, token: "" }.input(shape, &value).unwrap();
        let is_payload = |(member, _): &&(Member, Node)| member.place == Place::Payload;
        let (member, node) = read.iter().find(is_payload).unwrap();
        let Node::Structure(structure) = node else { panic!("{node:?}") };
        write(&member.wire, member.namespace, structure)
    };
    assert_eq!(
        written(
            "deleteObjects",
            json!({ "Bucket": "b", "Delete": { "Objects": [{ "Key": "<a>" }, { "Key": "b" }] } })
        ),
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>&lt;a&gt;</Key>\
         </Object><Object><Key>b</Key></Object></Delete>"
    );
    let grant = json!({ "Grantee": { "Type": "Group", "URI": "u" }, "Permission": "READ" });
    let policy = json!({ "Grants": [grant] });
    assert_eq!(
        written("putBucketAcl", json!({ "Bucket": "b", "AccessControlPolicy": policy })),
        "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <AccessControlList><Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:type=\"Group\"><URI>u</URI></Grantee><Permission>READ</Permission></Grant>\
         </AccessControlList></AccessControlPolicy>"
    );
}
