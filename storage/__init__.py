"""Where things are kept: tables, the engine, one small class per collection, one unit of work a request."""

from .errors import StorageError, UnknownMessage, UnknownSchema
from .storage import Storage, UnitOfWork

__all__ = ["Storage", "StorageError", "UnitOfWork", "UnknownMessage", "UnknownSchema"]
