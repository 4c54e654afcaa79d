//! `dynamodb:getItem`, `putItem`, `updateItem` and `deleteItem`.

use serde_json::json;

use crate::{servers::Moto, world::World};

#[tokio::test]
async fn items_are_written_changed_read_and_deleted() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["dynamodb", "aws-sdk"]).await;
    let table = json!({
        "TableName": "orders",
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "BillingMode": "PAY_PER_REQUEST",
    });
    let made = world.output("aws-sdk:dynamodb:createTable", table).await;
    // A time, as states have them.
    let at = made["TableDescription"]["CreationDateTime"].as_str().unwrap();
    assert!(at.ends_with('Z'), "{at}");

    let item = json!({
        "id": { "S": "A-1001" }, "amount": { "N": "4990" }, "paid": { "BOOL": false },
        "lines": { "L": [{ "M": { "sku": { "S": "x" } } }, { "NULL": true }] },
        "seal": { "B": "aGVsbG8=" },
    });
    let input = json!({ "TableName": "orders", "Item": item, "ReturnConsumedCapacity": "TOTAL" });
    let output = world.output("dynamodb:putItem", input).await;
    assert_eq!(output["ConsumedCapacity"]["TableName"], "orders");
    assert_eq!(output["SdkHttpMetadata"]["HttpStatusCode"], 200);

    let key = json!({ "id": { "S": "A-1001" } });
    let get = json!({ "TableName": "orders", "Key": key, "ConsistentRead": true });
    let output = world.output("dynamodb:getItem", get.clone()).await;
    assert_eq!(output["Item"], item);

    let update = json!({
        "TableName": "orders", "Key": key, "ReturnValues": "UPDATED_NEW",
        "UpdateExpression": "SET paid = :yes ADD amount :one",
        "ExpressionAttributeValues": { ":yes": { "BOOL": true }, ":one": { "N": "1" } },
    });
    let output = world.output("dynamodb:updateItem", update).await;
    let now = json!({ "paid": { "BOOL": true }, "amount": { "N": "4991" } });
    assert_eq!(output["Attributes"], now);

    let again = json!({
        "TableName": "orders", "Item": { "id": { "S": "A-1001" } },
        "ConditionExpression": "attribute_not_exists(id)",
    });
    let (error, cause) = world.failure("dynamodb:putItem", again.clone()).await;
    assert_eq!(error, "DynamoDB.ConditionalCheckFailedException");
    let told = "The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; Error \
                Code: ConditionalCheckFailedException; Request ID: ";
    assert!(cause.starts_with(told), "{cause}");
    // As a definition that was written for AWS catches it.
    let caught = json!([{
        "ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Caught",
    }]);
    let fields = json!({ "Parameters": again, "Catch": caught });
    let report = world.run_as("dynamodb:putItem", fields, json!({})).await;
    assert_eq!(report.output()["Error"], "DynamoDB.ConditionalCheckFailedException");

    let delete = json!({ "TableName": "orders", "Key": key, "ReturnValues": "ALL_OLD" });
    let output = world.output("dynamodb:deleteItem", delete).await;
    assert_eq!(output["Attributes"]["amount"], json!({ "N": "4991" }));
    let gone = world.output("dynamodb:getItem", get).await;
    let names: Vec<_> = gone.as_object().unwrap().keys().collect();
    assert_eq!(names, ["SdkHttpMetadata", "SdkResponseMetadata"]);
}

/// The causes are AWS's own, as they were recorded; moto has other messages.
#[tokio::test]
async fn what_the_service_refuses_is_told_as_aws_tells_it() {
    let Some(moto) = Moto::start(&[]) else { return };
    let world = World::new(moto.url(), &["dynamodb", "aws-sdk"]).await;
    let put = json!({ "TableName": "no_such_table", "Item": { "id": { "S": "id1" } } });
    let (error, cause) = world.failure("aws-sdk:dynamodb:putItem", put.clone()).await;
    assert_eq!(error, "DynamoDb.ResourceNotFoundException");
    let told = "Requested resource not found (Service: DynamoDb, Status Code: 400, Request ID: ";
    assert!(cause.starts_with(told), "{cause}");
    let (error, cause) = world.failure("dynamodb:putItem", put).await;
    assert_eq!(error, "DynamoDB.ResourceNotFoundException");
    let told = "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: \
                ResourceNotFoundException; Request ID: ";
    assert!(cause.contains(told), "{cause}");

    let (error, cause) = world
        .failure("dynamodb:putItem", json!({ "TableName": "t", "Item": { "n": { "N": 1 } } }))
        .await;
    assert_eq!(error, "DynamoDB.InvalidInput");
    assert_eq!(
        cause,
        "the input does not fit task \"putItem\": at $.Item.n.N: it must be a string"
    );
}
