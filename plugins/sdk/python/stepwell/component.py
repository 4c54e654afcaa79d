"""What the host calls. The build makes a component of this module and of `app`."""

import json
import logging
import re
import traceback

from componentize_py_types import Err
from wit_world.exports import Plugin as Contract
from wit_world.exports.plugin import Info, TaskInfo, Wants
from wit_world.imports import log, task_types

from . import late  # noqa: F401
from .failure import Failure
from .log import Handler

# The application's own code runs here, once, while the plugin is built.
from app import plugin

# How deep the input may be nested. What goes deeper exhausts the stack where it is read or walked,
# which nobody can catch.
DEEPEST = 128


class Plugin(Contract):
    def describe(self) -> Info:
        wants = plugin.wants
        return Info(
            plugin.name,
            plugin.version,
            plugin.summary,
            [
                TaskInfo(
                    name,
                    task.summary,
                    task_types.Effect[task.effect.replace("-", "_").upper()],
                    schema(task.input),
                    schema(task.output),
                )
                for name, task in plugin.tasks.items()
            ],
            Wants(wants.http, wants.secrets, wants.config, wants.directories, wants.key_value),
        )

    def run(self, task: str, input: str) -> str:
        try:
            if task not in plugin.tasks:
                raise Failure("NoSuchTask", f"there is no task {task}")
            if depth(input) > DEEPEST:
                raise Failure("InvalidInput", f"the input is nested more than {DEEPEST} deep")
            return json.dumps(plugin.tasks[task].function(json.loads(input)), allow_nan=False)
        except Failure as failure:
            raise failed(failure.error, failure.cause, failure.retry_after_ms)
        except Exception as error:
            if isinstance(error, ModuleNotFoundError):
                error.add_note(
                    "Modules are there if they were imported while the plugin was built:"
                )
                error.add_note(f"write `import {error.name}` at the top of a module.")
            log.write(log.Level.ERROR, traceback.format_exc().rstrip())
            raise failed(type(error).__name__, str(error), None)


def failed(error: str, cause: str, retry_after_ms: int | None) -> Err:
    """What the contract takes for a failure. A name without a dot gets the plugin's in front."""
    if "." not in error:
        words = re.split("[-_.]", plugin.name)
        error = "".join(word[:1].upper() + word[1:] for word in words) + "." + error
    return Err(task_types.Failure(encodable(error), encodable(cause), retry_after_ms))


def encodable(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair, which is no character."""
    return text.encode("utf-8", "replace").decode("utf-8")


def depth(text: str) -> int:
    """How deep arrays and objects are nested in JSON text."""
    deepest = depth = 0
    if text.count("[") + text.count("{") <= DEEPEST:
        return deepest
    is_text = False
    for found in re.finditer(r'\\.|["\[\]{}]', text, re.DOTALL):
        mark = found[0]
        if mark == '"':
            is_text = not is_text
        elif is_text or len(mark) > 1:
            continue
        elif mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                break
        else:
            depth -= 1
    return deepest


def schema(value) -> str | None:
    return None if value is None else json.dumps(value)


root = logging.getLogger()
root.addHandler(Handler())
root.setLevel(logging.INFO)
