"""One way to call an action, whatever client makes the call."""

import json
import os
import subprocess
import sys

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
REGION = "us-east-1"


class Refused(Exception):
    """The API's error."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Driver:
    """Calls actions, and remembers which."""

    def __init__(self):
        self.called = set()

    def __call__(self, action, **params):
        self.called.add(action)
        return self.send(action, params)


class Boto3(Driver):
    name = "boto3"

    def __init__(self, endpoint):
        super().__init__()
        self.client = boto3.client(
            "stepfunctions",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="any",
            # StartSyncExecution and TestState would go to the host `sync-127.0.0.1`.
            config=Config(inject_host_prefix=False, retries={"max_attempts": 1}, read_timeout=90),
        )

    def send(self, action, params):
        try:
            answer = getattr(self.client, xform_name(action))(**params)
        except ClientError as error:
            error = error.response["Error"]
            raise Refused(error["Code"], error["Message"]) from None
        answer.pop("ResponseMetadata")
        return answer


class AwsCli(Driver):
    name = "aws-cli"

    def __init__(self, endpoint):
        super().__init__()
        self.endpoint = endpoint
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_CONFIG_FILE": os.devnull,
        }

    def send(self, action, params):
        command = [sys.executable, "-m", "awscli", "stepfunctions", xform_name(action, "-")]
        command += ["--endpoint-url", self.endpoint, "--output", "json", "--no-paginate"]
        command += ["--cli-input-json", json.dumps(params)]
        run = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if run.returncode != 0:
            # An error occurred (CODE) when calling the ACTION operation: MESSAGE
            head, _, message = run.stderr.strip().partition(" operation: ")
            if "(" not in head:
                raise AssertionError(run.stderr)
            raise Refused(head.split("(")[1].split(")")[0], message)
        return json.loads(run.stdout) if run.stdout.strip() else {}
