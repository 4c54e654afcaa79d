"""Secrets, or placeholders for them.

Use a placeholder like the value, in a header of a request: the host puts the value in its place.
"""

from wit_world.imports import secrets

from .failure import Failure


def get(name: str) -> str | None:
    """The secret of that name, if it was granted."""
    return secrets.get(name)


def require(name: str) -> str:
    """The secret of that name. Fails with `Secrets.Missing` where it was not granted."""
    value = secrets.get(name)
    if value is None:
        raise Failure("Secrets.Missing", f"the secret {name} was not granted")
    return value
