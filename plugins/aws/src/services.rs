//! The services that are known, each with its model.

use crate::model::Model;

/// A service of AWS, by what its operations take and return.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    name: &'static str,
    model: &'static str,
}

impl Service {
    /// Step Functions' name of it, as in `arn:aws:states:::aws-sdk:NAME:ACTION`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn model(&self) -> Model {
        Model::new(self.model)
    }
}

macro_rules! services {
    ($($service:ident $name:literal $title:literal,)+) => {
        $(
            #[doc = $title]
            pub const $service: Service =
                Service { name: $name, model: include_str!(concat!("../model/", $name, ".txt")) };
        )+

        /// All of them.
        pub const ALL: &[Service] = &[$($service),+];
    };
}

services! {
    ATHENA "athena" "Amazon Athena.",
    BATCH "batch" "AWS Batch.",
    CLOUD_WATCH "cloudwatch" "Amazon CloudWatch.",
    CLOUD_WATCH_LOGS "cloudwatchlogs" "Amazon CloudWatch Logs.",
    DYNAMO_DB "dynamodb" "Amazon DynamoDB.",
    ECS "ecs" "Amazon Elastic Container Service.",
    EVENT_BRIDGE "eventbridge" "Amazon EventBridge.",
    FIREHOSE "firehose" "Amazon Data Firehose.",
    GLUE "glue" "AWS Glue.",
    KINESIS "kinesis" "Amazon Kinesis Data Streams.",
    KMS "kms" "AWS Key Management Service.",
    LAMBDA "lambda" "AWS Lambda.",
    S3 "s3" "Amazon Simple Storage Service.",
    SCHEDULER "scheduler" "Amazon EventBridge Scheduler.",
    SECRETS_MANAGER "secretsmanager" "AWS Secrets Manager.",
    SES "ses" "Amazon Simple Email Service, version 1.",
    SES_V2 "sesv2" "Amazon Simple Email Service, version 2.",
    SNS "sns" "Amazon Simple Notification Service.",
    SQS "sqs" "Amazon Simple Queue Service.",
    SSM "ssm" "AWS Systems Manager.",
    STS "sts" "AWS Security Token Service.",
}

#[cfg(test)]
pub(crate) fn named(name: &str) -> Option<Service> {
    ALL.iter().copied().find(|service| service.name == name)
}
