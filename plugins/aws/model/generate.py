#!/usr/bin/env python3
"""Writes SERVICE.txt: what the operations of AWS's services take and return, from the service models in botocore.

    python3 -m venv venv && venv/bin/pip install botocore==1.44.8
    venv/bin/python plugins/aws/model/generate.py plugins/aws/model

A file has four sections with an empty line between them. The first has a name and a value on each line. The second
has the shapes, one a line, numbered from 0:

    s                 text
    j                 text, or any JSON, which is sent as text
    b                 a boolean
    i, f              a whole number, a number
    t [FORMAT]        a time; FORMAT is unixTimestamp, iso8601 or rfc822 where it is not that of the place
    x                 bytes that are text as a rule
    y                 bytes that are none: base64
    a                 anything
    [ SHAPE [OPTION]  a list
    < SHAPE [OPTION]  a map
    { MEMBER...       a structure; a member is NAME[!]=SHAPE[;OPTION]..., with ! where it is required

The options, of which X is text:

    l                 on the wire the name begins with a small letter
    w:X               on the wire the name is X
    h:X, p:X          it is the header X; headers whose names begin with X
    q:X, u:X          it is the parameter X of the query; of the path
    c                 it is the status code
    P                 it is the whole body
    I                 a token, which makes one up where there is none
    F                 a list or map that has no element around it
    @                 an XML attribute
    n:X               the XML namespace
    e:X               of a list or map, the name of an element
    k:X, v:X          of a map, the name of a key, and of a value

The third has the errors, each with its code and the name that it has in the AWS SDK for Java. The fourth has the
operations: the name, the method, the path, the shapes of what it takes and returns, or -, and options: r where it may
be repeated, c where a checksum is required, w:X for the element around a result. Those of which the answer is a
stream of events, or that have a host of their own, are left out.
"""
import gzip, json, os, re, sys
import botocore

DATA = os.path.join(os.path.dirname(botocore.__file__), "data")

# Step Functions' name of a service, which is its package in the AWS SDK for Java, and botocore's.
SERVICES = {
    "athena": "athena",
    "batch": "batch",
    "cloudwatch": "cloudwatch",
    "cloudwatchlogs": "logs",
    "dynamodb": "dynamodb",
    "ecs": "ecs",
    "eventbridge": "events",
    "firehose": "firehose",
    "glue": "glue",
    "kinesis": "kinesis",
    "kms": "kms",
    "lambda": "lambda",
    "s3": "s3",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "ses": "ses",
    "sesv2": "sesv2",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "sts": "sts",
}

# Operations that are not like the others: of another host, or whose answer is like no other's.
LEFT_OUT = {"s3": ["GetBucketLocation", "CreateSession", "WriteGetObjectResponse"]}

# Text that a definition may give as JSON.
JSON_TEXT = {
    ("sqs", "SendMessageRequest", "MessageBody"),
    ("sqs", "SendMessageBatchRequestEntry", "MessageBody"),
    ("sns", "PublishInput", "Message"),
    ("sns", "PublishBatchRequestEntry", "Message"),
    ("eventbridge", "PutEventsRequestEntry", "Detail"),
    ("scheduler", "Target", "Input"),
}

# Services whose bytes are no text, but for the members of these names.
BINARY = {"dynamodb": [], "kms": ["Message", "Plaintext"], "lambda": ["InvokeArgs", "Payload"], "ses": [], "sesv2": [],
          "sns": [], "sqs": []}

# Shapes that are no service's own.
JSON, BYTES = "#json", "#bytes"

READS = re.compile("(Get|List|Describe|Head|BatchGet|Query$|Scan|Search|Lookup|Check|Estimate|Simulate|Preview)")
# They keep nothing.
READS_OF = {"kms": re.compile("(Encrypt|Decrypt|ReEncrypt|Generate|Sign|Verify)")}


def words(name):
    """As the AWS SDK for Java splits names into words."""
    name = re.sub("[^A-Za-z0-9]+", " ", name)
    name = re.sub("([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", name)
    name = re.sub("([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", name)
    name = re.sub("(?<=[a-z])(?=[A-Z]([a-zA-Z]|[0-9]))", " ", name)
    name = re.sub("([A-Z]+)([A-Z][a-z])", r"\1 \2", name)
    name = re.sub("([0-9])([a-zA-Z])", r"\1 \2", name)
    return name.split()


def pascal(name):
    return "".join(word[0].upper() + word[1:].lower() for word in words(name))


def exception(shape):
    if shape.endswith("Fault"):
        shape = shape.removesuffix("Fault")
    return pascal(shape if shape.endswith("Exception") else shape + "Exception")


def capital(name):
    return name[0].upper() + name[1:]


def small(name):
    return name[0].lower() + name[1:]


class Service:
    def __init__(self, name, folder):
        folder = os.path.join(DATA, folder)
        version = sorted(os.listdir(folder))[-1]
        with gzip.open(os.path.join(folder, version, "service-2.json.gz")) as file:
            model = json.load(file)
        self.name = name
        self.metadata = model["metadata"]
        self.shapes = model["shapes"]
        self.operations = model["operations"]
        offered = self.metadata.get("protocols", [self.metadata["protocol"]])
        self.protocol = next(kind for kind in ("json", "rest-json", "rest-xml", "query") if kind in offered)

    def header(self):
        meta = self.metadata
        lines = [("name", self.name), ("class", pascal(meta["serviceId"])), ("protocol", self.protocol)]
        if self.protocol == "json":
            lines += [("json", meta["jsonVersion"]), ("target", meta["targetPrefix"])]
        lines += [("version", meta["apiVersion"]), ("endpoint", meta["endpointPrefix"]),
                  ("signing", meta.get("signingName", meta["endpointPrefix"]))]
        return [f"{name} {value}" for name, value in lines]

    def is_stream_of_events(self, name):
        shape = self.shapes[name]
        members = shape.get("members", {}).values()
        return shape.get("eventstream") or any(
            member.get("eventstream") or self.shapes[member["shape"]].get("eventstream") for member in members)

    def is_left_out(self, name, operation):
        shapes = [operation[side]["shape"] for side in ("input", "output") if side in operation]
        return (name in LEFT_OUT.get(self.name, []) or "endpoint" in operation or operation.get("deprecated")
                or any(self.is_stream_of_events(shape) for shape in shapes))

    def kind(self, name):
        """A shape's line without its children, and those."""
        shape = self.shapes[name]
        kind = shape["type"]
        if kind in ("string", "character"):
            return ("s",), []
        if kind == "timestamp":
            return ("t", *([shape["timestampFormat"]] if "timestampFormat" in shape else [])), []
        if kind == "blob":
            return ("x",), []
        if kind == "boolean":
            return ("b",), []
        if kind in ("integer", "long", "short", "byte"):
            return ("i",), []
        if kind in ("float", "double"):
            return ("f",), []
        if shape.get("document"):
            return ("a",), []
        if kind == "list":
            options = ["F"] * bool(shape.get("flattened"))
            if "locationName" in shape["member"]:
                options.append("e:" + shape["member"]["locationName"])
            return ("[", tuple(options)), [self.child(name, "", shape["member"])]
        if kind == "map":
            options = ["F"] * bool(shape.get("flattened"))
            for letter, side in (("k", "key"), ("v", "value")):
                if "locationName" in shape[side]:
                    options.append(f"{letter}:{shape[side]['locationName']}")
            return ("<", tuple(options)), [self.child(name, "", shape["value"])]
        assert kind == "structure", kind
        required = shape.get("required", [])
        members, children = [], []
        for member, ref in sorted(shape["members"].items(), key=lambda item: capital(item[0])):
            members.append((capital(member) + "!" * (member in required), self.options(shape, member, ref)))
            children.append(self.child(name, member, ref))
        return ("{", tuple(members)), children

    def child(self, name, member, ref):
        if (self.name, name, member) in JSON_TEXT:
            return JSON
        is_blob = self.shapes[ref["shape"]]["type"] == "blob"
        return BYTES if is_blob and member not in BINARY.get(self.name, [member]) else ref["shape"]

    def options(self, shape, member, ref):
        wire = ref.get("locationName", member)
        place = ref.get("location")
        options = []
        if place in ("header", "headers", "querystring", "uri"):
            options.append({"header": "h", "headers": "p", "querystring": "q", "uri": "u"}[place] + ":" + wire)
        elif place == "statusCode":
            options.append("c")
        else:
            assert place is None, place
            if wire == small(capital(member)) and wire != capital(member):
                options.append("l")
            elif wire != capital(member):
                options.append("w:" + wire)
        if shape.get("payload") == member:
            options.append("P")
        if ref.get("idempotencyToken"):
            options.append("I")
        if ref.get("flattened"):
            options.append("F")
        if ref.get("xmlAttribute"):
            options.append("@")
        # A structure may have its namespace at the member or at itself.
        namespace = ref.get("xmlNamespace") or self.shapes[ref["shape"]].get("xmlNamespace")
        if namespace:
            options.append("n:" + (namespace["uri"] if isinstance(namespace, dict) else namespace))
        if "timestampFormat" in ref:
            options.append("t:" + ref["timestampFormat"])
        return tuple(options)

    def graph(self, roots):
        """Everything that the roots lead to, by number, where shapes that are the same are one."""
        graph, pending = {}, list(roots)
        while pending:
            name = pending.pop()
            if name in graph:
                continue
            graph[name] = {JSON: (("j",), []), BYTES: (("y",), [])}.get(name) or self.kind(name)
            pending.extend(graph[name][1])
        classes = {name: kind for name, (kind, _) in graph.items()}
        count = len(set(classes.values()))
        while True:
            refined = {name: (kind, tuple(classes[child] for child in children))
                       for name, (kind, children) in graph.items()}
            numbers = {}
            classes = {name: numbers.setdefault(signature, len(numbers)) for name, signature in refined.items()}
            if len(numbers) == count:
                break
            count = len(numbers)
        index, lines = {}, []
        for name in sorted(graph, key=lambda name: (graph[name][0][0], name)):
            if classes[name] not in index:
                index[classes[name]] = len(index)
                lines.append(name)
        number = {name: index[classes[name]] for name in graph}
        return [self.line(graph[name], number) for name in lines], number

    def line(self, shape, number):
        kind, children = shape
        children = [str(number[child]) for child in children]
        if kind[0] == "{":
            members = [";".join([f"{name}={child}", *options])
                       for (name, options), child in zip(kind[1], children)]
            return " ".join(["{", *members])
        if kind[0] in "[<":
            return " ".join([kind[0], *children, *kind[1]])
        return " ".join(kind)

    def repeats(self, name, operation):
        if READS.match(name) or operation["http"]["method"] in ("GET", "HEAD"):
            return True
        if self.name in READS_OF and READS_OF[self.name].match(name):
            return True
        members = self.shapes[operation["input"]["shape"]]["members"] if "input" in operation else {}
        return any(member.get("idempotencyToken") for member in members.values())

    def write(self, path):
        operations = {name: operation for name, operation in sorted(self.operations.items())
                      if not self.is_left_out(name, operation)}
        roots = sorted({operation[side]["shape"] for operation in operations.values()
                        for side in ("input", "output") if side in operation})
        shapes, number = self.graph(roots)
        errors = set()
        for name, shape in self.shapes.items():
            if shape.get("exception"):
                errors.add(f"{shape.get('error', {}).get('code', name)} {exception(name)}")
                errors.add(f"{name} {exception(name)}")
        lines = []
        for name, operation in operations.items():
            http = operation["http"]
            sides = [str(number[operation[side]["shape"]]) if side in operation else "-"
                     for side in ("input", "output")]
            options = ["r"] * self.repeats(name, operation)
            if operation.get("httpChecksumRequired") or operation.get("httpChecksum", {}).get("requestChecksumRequired"):
                options.append("c")
            if "resultWrapper" in operation.get("output", {}):
                options.append("w:" + operation["output"]["resultWrapper"])
            uri = http["requestUri"]
            lines.append(" ".join([small(name), http["method"], uri, *sides, *options]))
        with open(path, "w", encoding="utf-8") as file:
            sections = [self.header(), shapes, sorted(errors), lines]
            file.write("\n\n".join("\n".join(section) for section in sections) + "\n")
        return len(shapes), len(lines)


for name, folder in SERVICES.items():
    path = os.path.join(sys.argv[1], f"{name}.txt")
    shapes, operations = Service(name, folder).write(path)
    print(f"{name}: {shapes} shapes, {operations} operations, {os.path.getsize(path)} bytes", file=sys.stderr)
