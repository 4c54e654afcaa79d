"""The recordings of API calls beside the repository, replayed.

They are no part of it: where they are missing, the test says so.
"""

import json
import os
import pathlib
import subprocess
import sys
import tomllib

import pytest

TESTS = pathlib.Path(__file__).resolve().parent.parent
RECORDINGS = TESTS.parent.parent / "shared/conformance"


@pytest.fixture
def lambda_host():
    """A host in which the functions of the recordings are plugins."""
    plugins = TESTS.parent / "target/guests/lambda"
    command = [os.environ["STEPWELL"], "dev", "--port", "0", "--plugins", str(plugins)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        yield host.stdout.readline().split()[-1]
        host.terminate()


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"there are no recordings in {RECORDINGS}")
def test_the_host_answers_as_aws_did(lambda_host, tmp_path):
    explained = tomllib.loads((TESTS / "aws-script-differences.toml").read_text())["scripts"]
    results = tmp_path / "results.json"
    command = [sys.executable, RECORDINGS / "replay_scripts.py", "--endpoint", lambda_host]
    command += ["--allow-needs", "lambda", "--workers", "8", "--out", results]
    subprocess.run(command, check=True, capture_output=True)
    ran = json.loads(results.read_text())
    different = {
        script["name"]: script["errs"]
        for script in ran
        if not (script["lenient"] if script["needs"] else script["strict"] and script["outcome"])
    }
    for needs in ([], ["lambda"]):
        scripts = [script for script in ran if script["needs"] == needs]
        scores = {
            score: f"{sum(bool(script[score]) for script in scripts) / len(scripts):.1%}"
            for score in ("outcome", "strict", "lenient")
        }
        print(f"{len(scripts)} scripts that need {needs or 'nothing'}: {scores}")
    assert ran, "nothing was replayed"
    assert {name: errors for name, errors in different.items() if name not in explained} == {}
    assert sorted(set(explained) - set(different)) == [], "these are no longer different"
