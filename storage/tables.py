"""The tables of ``schema.py`` as SQLAlchemy's, for the statements that are made of criteria.

Importing SQLAlchemy takes longer than the rest of a start together: only searches import this module.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, LargeBinary, MetaData, Table, Text

from .schema import TABLES

_TYPES = {
    "BIGINT": BigInteger,
    "BLOB": LargeBinary,
    "BOOLEAN": Boolean,
    "DOUBLE": Double,
    "INTEGER": Integer,
    "TEXT": Text,
}

metadata = MetaData()

for _table in TABLES:
    Table(
        _table.name,
        metadata,
        *(
            Column(name, _TYPES[sql_type.split()[0]], primary_key=name in _table.key, autoincrement=False)
            for name, sql_type in _table.columns.items()
        ),
    )
