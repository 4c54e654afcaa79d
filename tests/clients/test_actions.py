"""Every action of the API, with each client."""

import json
from concurrent.futures import ThreadPoolExecutor

import botocore.session
import pytest

from drivers import ACCOUNT, Refused

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service"
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Result": {"done": True}, "End": True}}}
WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 86400, "End": True}}}


def create(call, name, definition, **more):
    return call(
        "CreateStateMachine", name=name, definition=json.dumps(definition), roleArn=ROLE, **more
    )["stateMachineArn"]


def ended(call, execution):
    """Waits until an execution has ended."""
    while True:
        described = call("DescribeExecution", executionArn=execution)
        if described["status"] not in ("RUNNING", "PENDING_REDRIVE"):
            return described


def types(call, execution, **more):
    history = call("GetExecutionHistory", executionArn=execution, **more)
    return [event["type"] for event in history["events"]]


def refused(call, code, action, **params):
    with pytest.raises(Refused) as refusal:
        call(action, **params)
    assert refusal.value.code == code
    return refusal.value.message


def test_an_execution_from_start_to_end(call, unique):
    machine = create(call, unique, PASS)
    started = call("StartExecution", stateMachineArn=machine, name="first", input='{"a": 1}')
    execution = started["executionArn"]
    described = ended(call, execution)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"]) == {"done": True}
    assert described["input"] == '{"a": 1}'
    assert types(call, execution) == [
        "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded",
    ]
    assert types(call, execution, reverseOrder=True, maxResults=1) == ["ExecutionSucceeded"]
    listed = call("ListExecutions", stateMachineArn=machine, statusFilter="SUCCEEDED")
    assert [item["executionArn"] for item in listed["executions"]] == [execution]
    of = call("DescribeStateMachineForExecution", executionArn=execution)
    assert (of["stateMachineArn"], json.loads(of["definition"])) == (machine, PASS)
    message = refused(
        call, "ExecutionAlreadyExists", "StartExecution",
        stateMachineArn=machine, name="first", input='{"a": 2}',
    )
    assert message == f"Execution Already Exists: '{execution}'"


def test_a_state_machine_with_versions_aliases_and_tags(call, unique):
    machine = create(call, unique, PASS, tags=[{"key": "team", "value": "blue"}], publish=True)
    described = call("DescribeStateMachine", stateMachineArn=machine)
    assert (described["name"], described["status"], described["type"]) == (
        unique, "ACTIVE", "STANDARD",
    )
    # Others are there, too, and a page has a hundred.
    assert call("ListStateMachines", maxResults=1)["stateMachines"]
    updated = call("UpdateStateMachine", stateMachineArn=machine, definition=json.dumps(WAIT))
    assert updated["revisionId"]
    second = call("PublishStateMachineVersion", stateMachineArn=machine)["stateMachineVersionArn"]
    assert second == f"{machine}:2"
    versions = call("ListStateMachineVersions", stateMachineArn=machine)["stateMachineVersions"]
    assert [version["stateMachineVersionArn"] for version in versions] == [second, f"{machine}:1"]
    alias = call(
        "CreateStateMachineAlias", name="live",
        routingConfiguration=[{"stateMachineVersionArn": f"{machine}:1", "weight": 100}],
    )["stateMachineAliasArn"]
    execution = call("StartExecution", stateMachineArn=alias)["executionArn"]
    through = ended(call, execution)
    assert (through["stateMachineAliasArn"], through["stateMachineVersionArn"]) == (
        alias, f"{machine}:1",
    )
    refused(
        call, "ConflictException", "DeleteStateMachineVersion",
        stateMachineVersionArn=f"{machine}:1",
    )
    call(
        "UpdateStateMachineAlias", stateMachineAliasArn=alias,
        routingConfiguration=[{"stateMachineVersionArn": second, "weight": 100}],
    )
    described = call("DescribeStateMachineAlias", stateMachineAliasArn=alias)
    assert described["routingConfiguration"] == [{"stateMachineVersionArn": second, "weight": 100}]
    aliases = call("ListStateMachineAliases", stateMachineArn=machine)["stateMachineAliases"]
    assert [item["stateMachineAliasArn"] for item in aliases] == [alias]
    call("DeleteStateMachineAlias", stateMachineAliasArn=alias)
    call("DeleteStateMachineVersion", stateMachineVersionArn=f"{machine}:1")
    call("TagResource", resourceArn=machine, tags=[{"key": "cost", "value": "12"}])
    call("UntagResource", resourceArn=machine, tagKeys=["team"])
    assert call("ListTagsForResource", resourceArn=machine)["tags"] == [
        {"key": "cost", "value": "12"},
    ]
    call("DeleteStateMachine", stateMachineArn=machine)
    message = refused(
        call, "StateMachineDoesNotExist", "DescribeStateMachine", stateMachineArn=machine
    )
    assert message == f"State Machine Does Not Exist: '{machine}'"


def test_an_express_execution_that_is_waited_for(call, unique):
    machine = create(call, unique, PASS, type="EXPRESS")
    ran = call("StartSyncExecution", stateMachineArn=machine, input='{"a": 1}')
    assert (ran["status"], json.loads(ran["output"])) == ("SUCCEEDED", {"done": True})
    assert ran["billingDetails"]["billedMemoryUsedInMB"] == 64


def test_the_worker_of_an_activity(call, unique):
    activity = call("CreateActivity", name=unique)["activityArn"]
    assert call("DescribeActivity", activityArn=activity)["name"] == unique
    assert call("ListActivities", maxResults=1)["activities"]
    task = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 600, "End": True}
    machine = create(call, unique, {"StartAt": "Work", "States": {"Work": task}})
    with ThreadPoolExecutor() as pool:
        # It asks before there is a task.
        taken = pool.submit(call, "GetActivityTask", activityArn=activity, workerName="w")
        good = call("StartExecution", stateMachineArn=machine, input='{"n": 1}')["executionArn"]
        taken = taken.result()
    assert json.loads(taken["input"]) == {"n": 1}
    call("SendTaskHeartbeat", taskToken=taken["taskToken"])
    call("SendTaskSuccess", taskToken=taken["taskToken"], output='"worked"')
    assert ended(call, good)["output"] == '"worked"'
    refused(call, "TaskTimedOut", "SendTaskHeartbeat", taskToken=taken["taskToken"])
    bad = call("StartExecution", stateMachineArn=machine)["executionArn"]
    taken = call("GetActivityTask", activityArn=activity)
    call("SendTaskFailure", taskToken=taken["taskToken"], error="Broken", cause="a tooth")
    described = ended(call, bad)
    assert (described["status"], described["error"], described["cause"]) == (
        "FAILED", "Broken", "a tooth",
    )
    call("DeleteActivity", activityArn=activity)
    refused(call, "ActivityDoesNotExist", "DescribeActivity", activityArn=activity)


def test_stop_and_redrive(call, unique):
    machine = create(call, unique, WAIT)
    execution = call("StartExecution", stateMachineArn=machine)["executionArn"]
    call("StopExecution", executionArn=execution, error="Enough", cause="of it")
    stopped = ended(call, execution)
    assert (stopped["status"], stopped["error"], stopped["redriveStatus"]) == (
        "ABORTED", "Enough", "REDRIVABLE",
    )
    call("RedriveExecution", executionArn=execution)
    described = call("DescribeExecution", executionArn=execution)
    assert (described["status"], described["redriveCount"]) == ("RUNNING", 1)
    assert "ExecutionRedriven" in types(call, execution)
    refused(call, "ExecutionNotRedrivable", "RedriveExecution", executionArn=execution)
    call("StopExecution", executionArn=execution)


def test_a_map_run(call, unique):
    each = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **WAIT,
    }
    state = {"Type": "Map", "ItemProcessor": each, "MaxConcurrency": 2, "End": True}
    machine = create(call, unique, {"StartAt": "Each", "States": {"Each": state}})
    execution = call("StartExecution", stateMachineArn=machine, input="[1, 2, 3]")["executionArn"]
    runs = []
    while not runs:
        runs = call("ListMapRuns", executionArn=execution)["mapRuns"]
    run = runs[0]["mapRunArn"]
    call("UpdateMapRun", mapRunArn=run, maxConcurrency=3)
    described = call("DescribeMapRun", mapRunArn=run)
    while described["executionCounts"]["running"] < 3:
        described = call("DescribeMapRun", mapRunArn=run)
    assert (described["status"], described["maxConcurrency"]) == ("RUNNING", 3)
    # A child that is to be started is counted before it is there.
    children = []
    while len(children) < 3:
        children = call("ListExecutions", mapRunArn=run)["executions"]
    call("StopExecution", executionArn=execution)
    assert ended(call, execution)["status"] == "ABORTED"


def test_definitions_and_states_that_are_tried_out(call):
    assert call("ValidateStateMachineDefinition", definition=json.dumps(PASS))["result"] == "OK"
    broken = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass"}}})
    assert call("ValidateStateMachineDefinition", definition=broken)["result"] == "FAIL"
    refused(
        call, "InvalidDefinition", "CreateStateMachine",
        name="broken", definition=broken, roleArn=ROLE,
    )
    tested = call("TestState", definition=json.dumps(PASS["States"]["Only"]), roleArn=ROLE)
    assert (tested["status"], json.loads(tested["output"])) == ("SUCCEEDED", {"done": True})


def test_that_no_action_was_left_out(call):
    model = botocore.session.get_session().get_service_model("stepfunctions")
    assert call.called == set(model.operation_names)
