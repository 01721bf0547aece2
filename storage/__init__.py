"""What the double keeps: tables, one class for each collection, one unit of work for each request."""

from .errors import (
    NotTogetherError,
    StorageBusyError,
    StorageError,
    StorageUnavailableError,
    UnknownMessage,
    UnknownSchema,
)
from .quotas import Quotas
from .storage import Storage, UnitOfWork
from .tenants import Snapshot, Totals, totals

__all__ = [
    "NotTogetherError",
    "Quotas",
    "Snapshot",
    "Storage",
    "StorageBusyError",
    "StorageError",
    "StorageUnavailableError",
    "Totals",
    "UnitOfWork",
    "UnknownMessage",
    "UnknownSchema",
    "totals",
]
