"""How Python's values are kept in SQLite's columns."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

from messaging_double.models.records import ConfigPairs

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


def moment_text(moment: datetime) -> str:
    """Write the moment as UtcDateTime keeps it; ValueError without a zone: it would silently be read as local time."""
    if moment.tzinfo is None:
        msg = f"A moment to be stored needs a zone: got {moment!r}, expected one like datetime.now(timezone.utc)."
        raise ValueError(msg)
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment as ISO 8601 text in UTC with microseconds: exact, sortable, and readable in any SQLite browser."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse a moment without a zone (ValueError)."""
        return None if value is None else moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Hand the moment out aware, in UTC."""
        return None if value is None else datetime.fromisoformat(value)


class Pairs(TypeDecorator[ConfigPairs]):
    """``Config`` as JSON text ``[[key, value], …]``: an object would lose the order and the repeated keys."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: ConfigPairs | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write the pairs in the order they were sent."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> ConfigPairs | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read the pairs back as the records hold them."""
        return None if value is None else tuple((key, text) for key, text in json.loads(value))


class Texts(TypeDecorator["tuple[str, ...]"]):
    """Several texts as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write them in their order."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read them back as the records hold them."""
        return None if value is None else tuple(json.loads(value))
