"""Values that the operator sets for the plugin and that need not be hidden."""

from wit_world.imports import config

from .failure import Failure


def get(name: str, default: str | None = None) -> str | None:
    """The value of that name, or the default."""
    value = config.get(name)
    return default if value is None else value


def require(name: str) -> str:
    """The value of that name. Fails with `Config.Missing` where there is none."""
    value = config.get(name)
    if value is None:
        raise Failure("Config.Missing", f"the configuration value {name} was not granted")
    return value


def names() -> list[str]:
    """The names that have a value, in alphabetical order."""
    return config.names()
