"""docs/faults.md says what the table of faults says."""

from __future__ import annotations

import json
from pathlib import Path

from messaging_double.models.faults import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text("utf-8")


def test_the_page_has_the_table_of_faults():
    lines = [line for line in PAGE.splitlines() if line.startswith("|")][2:]
    assert lines == [
        f"| {fault.name}{' ¹' if fault.needs_wire else ''} | `{json.dumps(fault.then)}` | "
        f"{'yes' if fault.processed else 'no'} | {fault.does} | {fault.seen} |"
        for fault in FAULTS
    ]
