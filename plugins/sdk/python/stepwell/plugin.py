from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Effect = Literal["pure", "idempotent", "at-most-once"]

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Wants:
    """What a plugin would like to be granted; an operator decides."""

    http: list[str] = field(default_factory=list)
    """Hosts, as `host`, `host:port` or `*.domain`."""
    secrets: list[str] = field(default_factory=list)
    """Names of secrets."""
    config: list[str] = field(default_factory=list)
    """Names of configuration values."""
    directories: list[str] = field(default_factory=list)
    """Absolute paths of directories."""
    key_value: list[str] = field(default_factory=list)
    """Names of key-value stores."""


@dataclass(frozen=True)
class Task:
    """A task of a plugin: a function of the input, and what is said about it."""

    function: Function
    summary: str
    effect: Effect
    input: Any
    output: Any


class Plugin:
    """A plugin. The module `app` has it as `plugin`."""

    def __init__(self, name: str, version: str, summary: str = "", wants: Wants = Wants()):
        self.name = name
        self.version = version
        self.summary = summary
        self.wants = wants
        self.tasks: dict[str, Task] = {}

    def task(
        self,
        *,
        name: str | None = None,
        summary: str | None = None,
        effect: Effect = "at-most-once",
        input: Any = None,
        output: Any = None,
    ) -> Callable[[Function], Function]:
        """Makes a function a task.

        The function takes the input, as `json.loads` gives it, and returns what `json.dumps` can
        write. What it raises is the failure that Retry and Catch see: a `Failure` by its own name,
        anything else by the name of its class. A name without a
        dot gets the plugin's in front: `CsvReport.KeyError`.

        `name` is the function's name, and `summary` the first line of its docstring, unless they
        are given. `input` and `output` are JSON Schemas. `effect` says what running it twice with
        the same input would mean, which the host acts on after a crash: `pure` tasks and
        `idempotent` ones run again, others fail with `Stepwell.HostLost`.
        """

        def decorate(function: Function) -> Function:
            lines = (function.__doc__ or "").strip().splitlines()
            text = summary if summary is not None else (lines[0] if lines else "")
            key = name or function.__name__
            if effect not in get_args(Effect):
                effects = ", ".join(get_args(Effect))
                raise ValueError(f"the effect of {key} is {effect}, not one of {effects}")
            if key in self.tasks:
                raise ValueError(f"the plugin {self.name} has two tasks called {key}")
            self.tasks[key] = Task(function, text, effect, input, output)
            return function

        return decorate
