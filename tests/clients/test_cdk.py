"""A state machine that the AWS CDK synthesises."""

import json
import os
import subprocess

import pytest

from test_actions import ROLE, ended

CDK = os.environ.get("STEPWELL_CDK")


def text(value):
    """What CloudFormation makes of a value of a template."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return separator.join(map(text, parts))
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case str():
            return value
    raise AssertionError(f"the template has {value}")


@pytest.mark.skipif(not CDK, reason="the CDK is not installed")
def test_a_synthesised_state_machine_runs(call, unique):
    made = subprocess.run(["node", "app.mjs"], cwd=CDK, check=True, capture_output=True, text=True)
    resources = json.loads(made.stdout)["Resources"].values()
    [machine] = [it for it in resources if it["Type"] == "AWS::StepFunctions::StateMachine"]
    definition = text(machine["Properties"]["DefinitionString"])
    arn = call("CreateStateMachine", name=unique, definition=definition, roleArn=ROLE)
    started = call(
        "StartExecution", stateMachineArn=arn["stateMachineArn"], input='{"items": ["a", "b"]}'
    )
    described = ended(call, started["executionArn"])
    assert described["status"] == "SUCCEEDED", described
    assert json.loads(described["output"]) == [
        {"item": "a", "weight": 2}, {"item": "b", "weight": 2},
    ]
