"""Where things are kept: tables, the engine, one small class per collection, one unit of work a request."""

from .errors import StorageError, UnknownMessage, UnknownSchema
from .snapshots import Snapshot
from .storage import Storage, UnitOfWork

__all__ = ["Snapshot", "Storage", "StorageError", "UnitOfWork", "UnknownMessage", "UnknownSchema"]
