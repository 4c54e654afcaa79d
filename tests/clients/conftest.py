"""A host for the whole run, and what drives it."""

import os
import subprocess
import uuid

import pytest

from drivers import AwsCli, Boto3


@pytest.fixture(scope="session")
def endpoint():
    command = [os.environ["STEPWELL"], "dev", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        try:
            # The one line that says that it is ready.
            yield host.stdout.readline().split()[-1]
        finally:
            host.terminate()
            assert host.wait() == 0


@pytest.fixture(scope="session", params=[Boto3, AwsCli], ids=lambda driver: driver.name)
def call(request, endpoint):
    return request.param(endpoint)


@pytest.fixture
def unique():
    """A name that nothing has."""
    return f"test-{uuid.uuid4().hex[:12]}"
