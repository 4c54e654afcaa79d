"""Data that outlives the call."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from componentize_py_types import Err
from wit_world.imports import key_value

from .failure import Failure


@dataclass(frozen=True)
class Entry:
    """A value in a store, and its version: every write has a later one."""

    value: Any
    version: int


class Store:
    """A store of bytes. What is written is durable at once.

    Fails with `KeyValue.AccessDenied`, `KeyValue.LimitExceeded` or `KeyValue.Unavailable`.
    """

    def __init__(self, name: str):
        self.name = name

    def get(self, key: str) -> Entry | None:
        """What is kept under the key, if anything."""
        with self._refusals():
            entry = key_value.get(self.name, key)
        return None if entry is None else Entry(self._decode(entry.value), entry.version)

    def set(self, key: str, value: Any) -> int:
        """Writes, and gives the new version."""
        with self._refusals():
            return key_value.set(self.name, key, self._encode(value))

    def compare_and_swap(self, key: str, expected: int | None, value: Any) -> int | None:
        """Writes where the version is still the expected one, None for no entry.

        Gives the new version, or None where it was not so and nothing was written.
        """
        with self._refusals():
            return key_value.compare_and_swap(self.name, key, expected, self._encode(value))

    def update(self, key: str, change: Callable[[Any], Any]) -> Any:
        """Changes a value, again and again until nobody else has changed it meanwhile.

        `change` is given the value, or None where there is none, and returns the new one.
        """
        while True:
            entry = self.get(key)
            value = change(entry.value if entry else None)
            if self.compare_and_swap(key, entry.version if entry else None, value) is not None:
                return value

    def delete(self, key: str, expected: int | None = None) -> bool:
        """Deletes the entry, only of the expected version if one is given; whether it was there."""
        with self._refusals():
            return key_value.delete(self.name, key, expected)

    def keys(self, prefix: str = "", after: str | None = None, limit: int = 1000) -> list[str]:
        """At most 1,000 keys that begin with `prefix` and come after `after`, in order."""
        with self._refusals():
            return key_value.keys(self.name, prefix, after, limit)

    def _encode(self, value: Any) -> bytes:
        return value

    def _decode(self, value: bytes) -> Any:
        return value

    @contextmanager
    def _refusals(self):
        try:
            yield
        except Err as error:
            match error.value:
                case key_value.Error_AccessDenied():
                    cause = f"the store {self.name} was not granted"
                    raise Failure("KeyValue.AccessDenied", cause) from None
                case key_value.Error_LimitExceeded(limit):
                    raise Failure("KeyValue.LimitExceeded", limit) from None
                case key_value.Error_Unavailable(reason):
                    raise Failure("KeyValue.Unavailable", reason) from None
                case _:
                    raise


class JsonStore(Store):
    """A store of values as JSON."""

    def _encode(self, value: Any) -> bytes:
        return json.dumps(value).encode()

    def _decode(self, value: bytes) -> Any:
        return json.loads(value)
