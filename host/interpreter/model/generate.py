#!/usr/bin/env python3
"""Writes shapes.txt: what the services that a Task can call return, from the service models in botocore.

    python3 -m venv venv && venv/bin/pip install botocore==1.41.5
    venv/bin/python host/interpreter/model/generate.py > host/interpreter/model/shapes.txt

The version is that of the time at which AWS's answers to TestState were recorded, which this is held against: since
then the bounds of some numbers have changed.

A line is a shape, and shapes are numbered from 0 in the order of the lines:

    s                 text: a string, a blob, a timestamp
    b                 a boolean
    a                 anything
    n [MIN] [MAX]     a number; an absent bound is -
    [ SHAPE           an array of such
    < SHAPE           an object whose members are such
    { NAME=SHAPE ...  a structure; a required member's name ends in !

After an empty line, a line is what a task's Resource names, without arn:aws:states:::, and its shape. A
resource that ends in .sync has the answer of the API that Step Functions polls until the job has ended.
"""
import gzip, json, os, sys
import botocore

DATA = os.path.join(os.path.dirname(botocore.__file__), "data")

# Step Functions' name of an optimised integration: (botocore's service, actions)
OPTIMISED = {
    "athena": ("athena", ["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"]),
    "batch": ("batch", ["submitJob"]),
    "bedrock": ("bedrock-runtime", ["invokeModel"]),
    "codebuild": ("codebuild", ["startBuild", "stopBuild", "batchDeleteBuilds", "batchGetReports", "startBuildBatch",
                                "stopBuildBatch", "retryBuildBatch", "deleteBuildBatch"]),
    "databrew": ("databrew", ["startJobRun"]),
    "dynamodb": ("dynamodb", ["getItem", "putItem", "updateItem", "deleteItem"]),
    "ecs": ("ecs", ["runTask"]),
    "elasticmapreduce": ("emr", ["createCluster", "addStep", "cancelStep", "setClusterTerminationProtection",
                                 "terminateCluster", "modifyInstanceFleetByName", "modifyInstanceGroupByName"]),
    "emr-containers": ("emr-containers", ["createVirtualCluster", "deleteVirtualCluster", "startJobRun"]),
    "emr-serverless": ("emr-serverless", ["createApplication", "startApplication", "stopApplication",
                                          "deleteApplication", "startJobRun", "cancelJobRun"]),
    "events": ("events", ["putEvents"]),
    "glue": ("glue", ["startJobRun"]),
    "lambda": ("lambda", ["invoke"]),
    "mediaconvert": ("mediaconvert", ["createJob"]),
    "sagemaker": ("sagemaker", ["createEndpoint", "createEndpointConfig", "createHyperParameterTuningJob",
                                "createLabelingJob", "createModel", "createProcessingJob", "createTrainingJob",
                                "createTransformJob", "updateEndpoint"]),
    "sns": ("sns", ["publish"]),
    "sqs": ("sqs", ["sendMessage"]),
    "states": ("stepfunctions", ["startExecution"]),
}

# What is polled for .sync: (integration, action): (operation, the members that lead to what is returned)
POLLED = {
    ("athena", "startQueryExecution"): ("GetQueryExecution", []),
    ("batch", "submitJob"): ("DescribeJobs", ["jobs", 0]),
    ("codebuild", "startBuild"): ("BatchGetBuilds", ["builds", 0]),
    ("codebuild", "startBuildBatch"): ("BatchGetBuildBatches", ["buildBatches", 0]),
    ("databrew", "startJobRun"): ("DescribeJobRun", []),
    ("ecs", "runTask"): ("DescribeTasks", ["tasks", 0]),
    ("elasticmapreduce", "createCluster"): ("DescribeCluster", []),
    ("elasticmapreduce", "addStep"): ("DescribeStep", []),
    ("elasticmapreduce", "terminateCluster"): ("DescribeCluster", []),
    ("emr-containers", "startJobRun"): ("DescribeJobRun", []),
    ("emr-serverless", "startJobRun"): ("GetJobRun", []),
    ("glue", "startJobRun"): ("GetJobRun", ["JobRun"]),
    ("mediaconvert", "createJob"): ("GetJob", []),
    ("sagemaker", "createHyperParameterTuningJob"): ("DescribeHyperParameterTuningJob", []),
    ("sagemaker", "createLabelingJob"): ("DescribeLabelingJob", []),
    ("sagemaker", "createProcessingJob"): ("DescribeProcessingJob", []),
    ("sagemaker", "createTrainingJob"): ("DescribeTrainingJob", []),
    ("sagemaker", "createTransformJob"): ("DescribeTransformJob", []),
    ("states", "startExecution"): ("DescribeExecution", []),
}

# Services of which every action is there as an SDK integration: Step Functions' name and botocore's.
SDK = {
    "athena": "athena",
    "dynamodb": "dynamodb",
    "eventbridge": "events",
    "firehose": "firehose",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "s3": "s3",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "sfn": "stepfunctions",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "sts": "sts",
}


def model(service):
    folder = os.path.join(DATA, service)
    version = sorted(os.listdir(folder))[-1]
    with gzip.open(os.path.join(folder, version, "service-2.json.gz")) as file:
        return json.load(file)


MODELS = {}


def load(service):
    if service not in MODELS:
        MODELS[service] = model(service)
    return MODELS[service]


def operation(service, action):
    operations = load(service)["operations"]
    name = action[0].upper() + action[1:]
    # addStep is Step Functions' own, for one step of AddJobFlowSteps.
    return operations.get(name)


def capital(name):
    return name[0].upper() + name[1:]


def describe(service, name):
    """A shape: its kind, and the shapes within it by name."""
    shape = load(service)["shapes"][name]
    kind = shape["type"]
    if kind in ("string", "blob", "timestamp", "character"):
        return ("s",), []
    if kind == "boolean":
        return ("b",), []
    if kind in ("integer", "long", "float", "double", "short", "byte"):
        return ("n", shape.get("min"), shape.get("max")), []
    if shape.get("document"):
        return ("a",), []
    if kind == "list":
        return ("[",), [shape["member"]["shape"]]
    if kind == "map":
        return ("<",), [shape["value"]["shape"]]
    if kind == "structure":
        required = set(shape.get("required", []))
        members = shape["members"]
        if any(member.get("eventstream") or load(service)["shapes"][member["shape"]].get("eventstream")
               for member in members.values()):
            return ("a",), []
        names = tuple(capital(member) + ("!" if member in required else "") for member in members)
        return ("{",) + names, [member["shape"] for member in members.values()]
    raise SystemExit(f"unknown type {kind} of {service} {name}")


ANYTHING = ("", "anything")
roots = {}


def add(resource, service, shape):
    if shape is not None:
        roots[resource] = (service, shape)


for name, (service, actions) in OPTIMISED.items():
    for action in actions:
        found = operation(service, action)
        if found and "output" in found:
            add(f"{name}:{action}", service, found["output"]["shape"])
        if (name, action) in POLLED:
            polled, path = POLLED[(name, action)]
            shape = load(service)["operations"][polled]["output"]["shape"]
            for step in path:
                current = load(service)["shapes"][shape]
                shape = current["member"]["shape"] if step == 0 else current["members"][step]["shape"]
            add(f"{name}:{action}.sync", service, shape)
for name, service in SDK.items():
    for action, found in sorted(load(service)["operations"].items()):
        if "output" in found:
            add(f"aws-sdk:{name}:{action[0].lower() + action[1:]}", service, found["output"]["shape"])

# Everything that the roots lead to.
graph, pending = {}, list(roots.values())
while pending:
    key = pending.pop()
    if key in graph:
        continue
    service, name = key
    kind, children = describe(service, name)
    graph[key] = (kind, [(service, child) for child in children])
    pending.extend(graph[key][1])

# lambda:invoke gives the function's own answer as JSON, and bedrock:invokeModel the model's.
for resource, member in (("lambda:invoke", "Payload"), ("bedrock:invokeModel", "Body!")):
    kind, children = graph[roots[resource]]
    children = [ANYTHING if name == member else child for name, child in zip(kind[1:], children)]
    key = (resource, "output")
    graph[key], roots[resource] = (kind, children), key
graph[ANYTHING] = (("a",), [])

# Shapes that are the same are one: partitions are refined until they are stable.
classes = {key: kind for key, (kind, _) in graph.items()}
count = len(set(classes.values()))
while True:
    refined = {key: (kind, tuple(classes[child] for child in children)) for key, (kind, children) in graph.items()}
    numbers = {}
    classes = {key: numbers.setdefault(signature, len(numbers)) for key, signature in refined.items()}
    if len(numbers) == count:
        break
    count = len(numbers)

lines, index = {}, {}
for key in sorted(graph, key=lambda key: (graph[key][0][0], key)):
    index.setdefault(classes[key], len(index))
for key, (kind, children) in graph.items():
    parts = [str(index[classes[child]]) for child in children]
    if kind[0] == "{":
        parts = [f"{name}={part}" for name, part in zip(kind[1:], parts)]
    elif kind[0] == "n":
        bounds = ["-" if bound is None else str(bound) for bound in kind[1:]]
        parts = [] if bounds == ["-", "-"] else bounds
    lines[index[classes[key]]] = " ".join([kind[0]] + parts)
for number in range(len(lines)):
    print(lines[number])
print()
for resource, key in sorted(roots.items()):
    print(resource, index[classes[key]])
print(f"botocore {botocore.__version__}: {len(lines)} shapes, {len(roots)} resources", file=sys.stderr)
