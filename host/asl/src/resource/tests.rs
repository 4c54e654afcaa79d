use super::*;

fn wasm(plugin: &str, task: &str) -> Wasm {
    Wasm { plugin: plugin.into(), task: task.into(), version: None, fuel: None, memory: None }
}

#[test]
fn parses_plugins() {
    assert_eq!(
        Resource::parse("wasm:payments/charge"),
        Ok(Resource::Wasm(wasm("payments", "charge")))
    );
    assert_eq!(
        Resource::parse("wasm:payments/charge@1.2?fuel=5000000&memory=32MiB"),
        Ok(Resource::Wasm(Wasm {
            version: Some("1.2".into()),
            fuel: Some(5_000_000),
            memory: Some(32 << 20),
            ..wasm("payments", "charge")
        }))
    );
    assert_eq!(
        Resource::parse("wasm:a/b@1.2.3-rc.1?memory=65536"),
        Ok(Resource::Wasm(Wasm {
            version: Some("1.2.3-rc.1".into()),
            memory: Some(65536),
            ..wasm("a", "b")
        }))
    );
}

#[test]
fn says_what_is_wrong_with_a_plugin() {
    let error = |text| Resource::parse(text).unwrap_err();
    assert_eq!(error("wasm:payments"), Error::Task("payments".into()));
    assert_eq!(error("wasm:a/b/c"), Error::Task("a/b/c".into()));
    assert_eq!(error("wasm:/b"), Error::Task("/b".into()));
    assert_eq!(error("wasm:a/b@latest"), Error::Version("latest".into()));
    assert_eq!(error("wasm:a/b@1.2.3.4"), Error::Version("1.2.3.4".into()));
    assert_eq!(error("wasm:a/b@1-rc"), Error::Version("1-rc".into()));
    assert_eq!(error("wasm:a/b?cpu=1"), Error::Limit("cpu=1".into()));
    assert_eq!(error("wasm:a/b?fuel=1&fuel=2"), Error::Limit("fuel=2".into()));
    assert_eq!(error("wasm:a/b?fuel=0"), Error::Fuel("fuel=0".into()));
    assert_eq!(error("wasm:a/b?memory=32MB"), Error::Memory("memory=32MB".into()));
    assert_eq!(
        error("wasm:a/b?memory=99999999999GiB"),
        Error::Memory("memory=99999999999GiB".into())
    );
    assert_eq!(
        error("wasm:a/b?memory=32MB").to_string(),
        "\"memory=32MB\" is no size. Write bytes, or KiB, MiB or GiB, such as memory=32MiB."
    );
}

#[test]
fn parses_functions_of_any_partition_and_region() {
    for (arn, function) in [
        ("arn:aws:lambda:us-east-1:123456789012:function:charge", "charge"),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:charge:$LATEST", "charge"),
        ("arn:aws:lambda:::function:charge:live", "charge"),
    ] {
        let function = function.into();
        assert_eq!(
            Resource::parse(arn),
            Ok(Resource::Lambda(Lambda { arn: arn.into(), function })),
            "{arn}"
        );
    }
}

#[test]
fn parses_integrations() {
    for (text, service, action, pattern) in [
        ("arn:aws:states:::lambda:invoke", "lambda", "invoke", Pattern::RequestResponse),
        (
            "arn:aws:states:::aws-sdk:s3:getObject",
            "aws-sdk:s3",
            "getObject",
            Pattern::RequestResponse,
        ),
        ("arn:aws:states:::batch:submitJob.sync", "batch", "submitJob", Pattern::Sync),
        (
            "arn:aws:states:::states:startExecution.sync:2",
            "states",
            "startExecution",
            Pattern::Sync2,
        ),
        (
            "arn:aws-us-gov:states:::sqs:sendMessage.waitForTaskToken",
            "sqs",
            "sendMessage",
            Pattern::WaitForTaskToken,
        ),
    ] {
        let (service, action) = (service.into(), action.into());
        assert_eq!(
            Resource::parse(text),
            Ok(Resource::Integration(Integration { service, action, pattern })),
            "{text}"
        );
    }
}

#[test]
fn parses_activities() {
    let arn = "arn:aws:states:us-east-1:123456789012:activity:approve";
    assert_eq!(Resource::parse(arn), Ok(Resource::Activity(arn.into())));
}

#[test]
fn names_the_forms_where_it_is_none() {
    for text in [
        "",
        "foo:bar",
        "arn:aws:states",
        "arn:aws:states:::",
        "arn:aws:states:::lambda:",
        "arn:aws:states:::lambda:invoke.async",
        "arn:aws:states:us-east-1:123456789012:activity:",
        "arn:aws:lambda:us-east-1:123456789012:function:",
        "arn:aws:lambda:us-east-1:123456789012:function:my function",
        "arn:aws:swf:us-east-1:123456789012:task:X",
    ] {
        assert_eq!(Resource::parse(text), Err(Error::Form(text.into())), "{text}");
    }
    let message = Resource::parse("foo:bar").unwrap_err().to_string();
    assert!(message.starts_with("\"foo:bar\" is none of the forms: wasm:PLUGIN/TASK"), "{message}");
}
