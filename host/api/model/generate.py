#!/usr/bin/env python3
"""Writes requests.txt: what the requests of Step Functions must be, from the service model in botocore.

    python3 -m venv venv && venv/bin/pip install botocore
    venv/bin/python host/api/model/generate.py > host/api/model/requests.txt

A line is a shape: its name, and

    string MIN MAX [PATTERN]        text; lengths, of which an absent one is -
    enum VALUE ...                  text, one of these
    integer MIN MAX, long MIN MAX   numbers
    float MIN MAX
    boolean
    list MIN MAX SHAPE              an array
    structure MEMBER=SHAPE ...      an object; a required member's name ends in !

A name that ends in * is that of a shape whose values must not be told. The request of an action has the action's
name with Input behind it.
"""
import gzip, json, os, sys
import botocore

FOLDER = os.path.join(os.path.dirname(botocore.__file__), "data", "stepfunctions")
VERSION = sorted(os.listdir(FOLDER))[-1]
with gzip.open(os.path.join(FOLDER, VERSION, "service-2.json.gz")) as file:
    MODEL = json.load(file)


def bounds(shape):
    return [str(shape.get(bound, "-")) for bound in ("min", "max")]


def describe(shape):
    """The words of a shape, and the names of the shapes within it."""
    kind = shape["type"]
    if kind == "string" and "enum" in shape:
        return ["enum"] + shape["enum"], []
    if kind == "string":
        pattern = shape.get("pattern")
        return ["string"] + bounds(shape) + ([pattern] if pattern else []), []
    if kind in ("integer", "long", "float"):
        return [kind] + bounds(shape), []
    if kind == "boolean":
        return [kind], []
    if kind == "list":
        item = shape["member"]["shape"]
        return ["list"] + bounds(shape) + [item], [item]
    if kind == "structure":
        required = shape.get("required", [])
        members = {name + "!" * (name in required): member["shape"] for name, member in shape["members"].items()}
        return ["structure"] + [f"{name}={shape}" for name, shape in members.items()], list(members.values())
    raise SystemExit(f"unknown type {kind}")


lines, pending = {}, []
for action, operation in sorted(MODEL["operations"].items()):
    name = operation["input"]["shape"]
    if name != f"{action}Input":
        raise SystemExit(f"the request of {action} is {name}")
    pending.append(name)
while pending:
    name = pending.pop()
    if name in lines:
        continue
    shape = MODEL["shapes"][name]
    words, within = describe(shape)
    lines[name] = " ".join([name + "*" * shape.get("sensitive", False)] + words)
    pending += within
for name in sorted(lines):
    print(lines[name])
print(f"botocore {botocore.__version__}: {len(lines)} shapes", file=sys.stderr)
