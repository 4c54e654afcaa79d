"""A host for the whole run, and what drives it."""

import contextlib
import os
import subprocess
import uuid

import pytest

from drivers import AwsCli, Boto3


@contextlib.contextmanager
def running(*arguments):
    """The address of a host that runs, and stops as it should."""
    command = [os.environ["STEPWELL"], "dev", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        try:
            # The one line that says that it is ready.
            yield host.stdout.readline().split()[-1]
        finally:
            host.terminate()
            assert host.wait() == 0


@pytest.fixture(scope="session")
def endpoint():
    with running() as address:
        yield address


@pytest.fixture(scope="session", params=[Boto3, AwsCli], ids=lambda driver: driver.name)
def call(request, endpoint):
    return request.param(endpoint)


@pytest.fixture
def unique():
    """A name that nothing has."""
    return f"test-{uuid.uuid4().hex[:12]}"
