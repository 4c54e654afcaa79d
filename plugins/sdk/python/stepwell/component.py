"""What the host calls. The build makes a component of this module and of `app`."""

import json
import logging
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
            return json.dumps(plugin.tasks[task].function(json.loads(input)), allow_nan=False)
        except Failure as failure:
            raise Err(task_types.Failure(failure.error, failure.cause, failure.retry_after_ms))
        except Exception as error:
            if isinstance(error, ModuleNotFoundError):
                error.add_note(
                    "Modules are there if they were imported while the plugin was built:"
                )
                error.add_note(f"write `import {error.name}` at the top of a module.")
            log.write(log.Level.ERROR, traceback.format_exc().rstrip())
            raise Err(task_types.Failure(type(error).__name__, str(error), None))


def schema(value) -> str | None:
    return None if value is None else json.dumps(value)


root = logging.getLogger()
root.addHandler(Handler())
root.setLevel(logging.INFO)
