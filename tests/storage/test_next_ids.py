"""Next ids, which a temporary file's transactions hand to one another."""

from __future__ import annotations

from contextlib import ExitStack, closing, suppress
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging_double.storage import Storage, StorageError

STEPS = {
    "reserve": lambda unit, _: unit.outbox.reserve("Cust1", 2),
    "begin higher": lambda unit, _: unit.outbox.next_ids("Cust1", 1, first=20),
    "other tenant": lambda unit, entry: add_next(unit, entry, "Cust2"),
    "delete": lambda unit, _: unit.outbox.delete("Cust1", ()),
    "reset": lambda unit, _: unit.tenants.reset("Cust1"),
    "forget": lambda unit, _: unit.tenants.delete("Cust2"),
    "snapshot": lambda unit, entry: unit.snapshots.take("Cust1", "s", entry().registered),
    "restore": lambda unit, _: unit.snapshots.restore("Cust1", "s"),
    "add one ahead": lambda unit, entry: unit.outbox.add("Cust1", [entry(7)]),
    "take back": lambda unit, _: unit.outbox.take_back("Cust1", 2, 3, (), 0),
    "savepoint": lambda unit, _: unit.set_savepoint(),
    "undo": lambda unit, _: unit.undo_to_savepoint(),
    "keep": lambda unit, _: unit.keep(),
    "fail": lambda *_: 1 / 0,
}


def add_next(unit, entry, tenant="Cust1"):
    number = unit.outbox.next_ids(tenant, 1)
    unit.outbox.add(tenant, [entry(number)])


@given(st.lists(st.lists(st.sampled_from(["add", *STEPS]), min_size=1, max_size=3), max_size=8))
@example([["add", "undo", "add one ahead"]])
@settings(max_examples=60)
def test_ids_are_the_same_where_they_are_remembered_and_where_other_processes_may_take_them(entry, units):
    """Only a temporary file is this process's own."""
    with ExitStack() as at_the_end:
        named = f"{at_the_end.enter_context(TemporaryDirectory())}/named.sqlite"
        storages = [at_the_end.enter_context(closing(Storage.open(database))) for database in (None, named)]
        for steps in units:
            own, shared = [ids_after(steps, storage, entry) for storage in storages]
            assert own == shared


@pytest.mark.parametrize("before", [(), ("add", "savepoint")], ids=["all", "what followed a savepoint"])
def test_ids_of_what_was_undone_are_given_out_again(kept, entry, before):
    with kept.writing() as unit:
        unit.tenants.reset("Cust1")
        unit.keep()
        for step in (*before, "add", "undo"):
            STEPS.get(step, add_next)(unit, entry)
        assert unit.outbox.next_ids("Cust1", 1) == (2 if before else 1)


def ids_after(steps, storage, entry):
    with suppress(StorageError, ZeroDivisionError), storage.writing() as unit:
        for step in steps:
            STEPS.get(step, add_next)(unit, entry)
    with storage.writing() as unit:
        return [unit.outbox.next_ids(tenant, 1) for tenant in ("Cust1", "Cust2")]
