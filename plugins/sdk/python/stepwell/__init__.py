"""Tasks of Stepwell workflows, in Python."""

from . import call, config, secrets
from .failure import Failure
from .plugin import Plugin, Wants
from .store import Entry, JsonStore, Store

__all__ = [
    "Entry",
    "Failure",
    "JsonStore",
    "Plugin",
    "Store",
    "Wants",
    "call",
    "config",
    "secrets",
]
