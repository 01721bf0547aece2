"""What is left of a failing test: a few lines in its report, and its tenant's journal in a folder."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from .errors import MessagingDoubleError

if TYPE_CHECKING:
    from pathlib import Path

    from .names import Json
    from .tenant import Tenant

_SHOWN = 10
_LONGEST_NAME = 80


def report_of(tenant: Tenant, folder: Path | None, test: str) -> str:
    """Return the lines for the report of a test, named by its node id; keep all of it below ``folder``, if any.

    Never raises: the test has failed already, and it is that what its report is about.
    """
    try:
        lines = _lines(tenant)
        if folder is not None:
            lines.append(f"all of it is in {_keep(tenant, folder / folder_name(test))}")
    except (MessagingDoubleError, OSError) as error:
        lines = [f"tenant {tenant.name}: {error}"]
    return "\n".join(lines)


def folder_name(test: str) -> str:
    """Return a name for the folder of a test that every file system takes, and no other test of the run has."""
    readable = re.sub(r"[^0-9A-Za-z_]+", "-", test).strip("-")[:_LONGEST_NAME]
    return f"{readable}-{hashlib.sha256(test.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _lines(tenant: Tenant) -> list[str]:
    sent = tenant.outbox()
    lines = [f"tenant {tenant.name}: {len(sent)} in the outbox, newest first", *map(repr, sent[:_SHOWN])]
    return [*lines, f"… and {len(sent) - _SHOWN} older ones"] if len(sent) > _SHOWN else lines


def _keep(tenant: Tenant, folder: Path) -> Path:
    """Write what the tenant has into the folder, in place of what a run before has left there."""
    folder.mkdir(parents=True, exist_ok=True)
    for former in (*folder.glob("*-request.http"), *folder.glob("*-response.http")):
        former.unlink()
    exchanges = tenant.journal.as_json()
    _write(folder / "journal.json", exchanges)
    _write(folder / "outbox.json", tenant.outbox.as_json())
    _write(folder / "inbox.json", tenant.inbox.as_json())
    for number in (exchange["id"] for exchange in exchanges):
        (folder / f"{number:03}-request.http").write_bytes(tenant.journal.request_bytes(number))
        (folder / f"{number:03}-response.http").write_bytes(tenant.journal.response_bytes(number))
    return folder


def _write(path: Path, value: Json) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")
