"""The call at hand."""

from wit_world.imports import call
from wit_world.imports.call import Context

__all__ = ["Context", "heartbeat", "info"]


def info() -> Context:
    """What is known about the call, such as its `idempotency_key`."""
    return call.info()


def heartbeat() -> None:
    """Says that the task is still at work: HeartbeatSeconds count from here again."""
    call.heartbeat()
