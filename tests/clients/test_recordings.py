"""The recordings of API calls beside the repository, replayed.

They are no part of it: where they are missing, the test says so.
"""

import json
import pathlib
import subprocess
import sys
import tomllib

import pytest

from conftest import running

TESTS = pathlib.Path(__file__).resolve().parent.parent
RECORDINGS = TESTS.parent.parent / "shared/conformance"


@pytest.fixture
def lambda_host():
    """A host in which the functions of the recordings are plugins."""
    with running("--plugins", str(TESTS.parent / "target/guests/lambda")) as address:
        yield address


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason=f"there are no recordings in {RECORDINGS}")
def test_the_host_answers_as_aws_did(lambda_host, tmp_path):
    differences = tomllib.loads((TESTS / "aws-script-differences.toml").read_text())
    explained, by_chance = differences["scripts"], differences["by-chance"]
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
    known = explained | by_chance
    assert {name: errors for name, errors in different.items() if name not in known} == {}
    assert sorted(set(explained) - set(different)) == [], "these are no longer different"
