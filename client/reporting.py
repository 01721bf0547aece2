"""Tenants of single tests, and what a failing test leaves: a section in its report, and all that its tenant has."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING

from .errors import MessagingDoubleError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from messaging_double.models.control.journal import Exchange

    from .double import MessagingDouble
    from .values import Json

_WORKER_VARIABLE = "PYTEST_XDIST_WORKER"
_MANY = 10**9
UNIQUE = re.compile(r"Cust\d{12}")
"""The names of such tenants in a shared double."""


def unique_tenant(double: MessagingDouble, number: int, *, shared: bool) -> MessagingDouble:
    """Return the double with a tenant for test ``number`` of this process: ``Cust`` and digits, as real ones.

    In a double that this process started, names are the same in each run, and so are the ids and session keys that the
    seed makes of them. In a ``shared`` one, with tenants of other runs, they begin with a random number.
    """
    if shared:
        return double.tenant(f"Cust{_run(os.getpid()):09}{number:03}")
    worker = os.environ.get(_WORKER_VARIABLE, "").removeprefix("gw")
    return double.tenant(f"Cust{worker if worker.isdecimal() else '0':0>2}{number:03}")


@lru_cache(maxsize=1)
def _run(process: int) -> int:  # noqa: ARG001 (one that was forked is another)
    return secrets.randbelow(_MANY)


_MESSAGES = 10
_CALLS = 5
_TENANTS = 5
_LONGEST_TEXT = 60
_LONGEST_NAME = 80


def report_of(tenant: MessagingDouble, folder: Path | None, test: str) -> str:
    """Return the section for the report of a test, named by its node id; save everything below ``folder``, if any.

    Never raises: the test has failed already, and its report is about that.
    """
    try:
        lines = [*_outbox(tenant), *_calls(tenant), *_elsewhere(tenant)]
        if folder is not None:
            lines.append(f"everything is in {_save(tenant, folder / folder_name(test))}")
    except (MessagingDoubleError, OSError) as error:
        lines = [f"tenant {tenant.name}: {error}"]
    return "\n".join(lines)


def folder_name(test: str) -> str:
    """Return a name for the folder of a test that every file system takes, and no other test of the run has."""
    readable = re.sub(r"[^0-9A-Za-z_]+", "-", test).strip("-")[:_LONGEST_NAME]
    return f"{readable}-{hashlib.sha256(test.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _outbox(tenant: MessagingDouble) -> Iterator[str]:
    sent = tenant.outbox()
    yield f"tenant {tenant.name}: {len(sent)} in the outbox" + (", newest first" if sent else "")
    for each in sent[:_MESSAGES]:
        status = f"status={each.status} ({each.status_description})"
        yield f"  {each.messaging_id} to={each.to!r} content={_cut(each.content)} {status}"
    if len(sent) > _MESSAGES:
        yield f"  … and {len(sent) - _MESSAGES} older ones"


def _calls(tenant: MessagingDouble) -> Iterator[str]:
    """Say of the last calls what was wrong with them, and what was changed on purpose."""
    calls = tenant.journal()
    shown = calls[:_CALLS]
    yield f"calls: {len(calls)}" + (f", the last {len(shown)}, newest first" if len(calls) > 1 else "")
    for call in shown:
        request = " ".join(each for each in (call.method, call.target) if each)
        yield f"  {call.id} {request} {call.operation or ''} status={call.status}"
        yield from (f"    {line}" for line in _remarks(call))


def _remarks(call: Exchange) -> Iterator[str]:
    if call.refused:
        yield f"refused: {call.refused}"
    for note in call.notes:
        if note.removesuffix("…") not in (call.refused or ""):
            yield f"note: {note}"
    if call.rule:
        yield f"rule: {call.rule}"
    if call.fault:
        yield f"fault: {call.fault}"


def _elsewhere(tenant: MessagingDouble) -> Iterator[str]:
    """Name the tenants that got calls, other than those of other tests."""
    others = [
        each
        for each in tenant.tenants()
        if each.tenant != tenant.name and (each.journal or each.outbox) and not UNIQUE.fullmatch(each.tenant)
    ]
    for each in others[:_TENANTS]:
        yield (
            f"tenant {each.tenant}: {each.journal} calls, {each.outbox} in the outbox. If these are of this test, the "
            f"application does not use the base URL {tenant.base_url}"
        )


def _cut(text: str | None) -> str:
    return repr(text if text is None or len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…")


def _save(tenant: MessagingDouble, folder: Path) -> Path:
    """Write everything that the tenant has into the folder, in place of what a former run has left there."""
    folder.mkdir(parents=True, exist_ok=True)
    for former in (*folder.glob("*-request.http"), *folder.glob("*-response.http")):
        former.unlink()
    exchanges = tenant.journal.to_json()
    _write(folder / "journal.json", exchanges)
    _write(folder / "outbox.json", tenant.outbox.to_json())
    _write(folder / "inbox.json", tenant.inbox.to_json())
    for number in (exchange["id"] for exchange in exchanges):
        (folder / f"{number:03}-request.http").write_bytes(tenant.journal.request_bytes(number))
        (folder / f"{number:03}-response.http").write_bytes(tenant.journal.response_bytes(number))
    return folder


def _write(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")
