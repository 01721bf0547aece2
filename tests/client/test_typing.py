"""What type checkers say about tests that use the client, and that its words are those of the tables."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest

import messaging_double
from messaging_double.client import values
from messaging_double.client.criteria import CallCriteria, Criteria
from messaging_double.models import criteria, profiles
from messaging_double.models.control.rules import RuleAnswer, RuleWhen
from messaging_double.models.control.values import StatusName, WireFault
from messaging_double.models.faults import WIRE

RIGHT = """
from datetime import datetime

from messaging_double import CustomProfile, MessagingDouble, Tenant, actions, contains, pattern, regex


def test_it(messaging_double: MessagingDouble) -> None:
    tenant: Tenant = messaging_double
    tenant.verify(to=pattern("+44*"), content=contains("code"), from_=None, status="delivered", count=1, within="5s")
    message = tenant.wait_for(session_key="a", content=regex(r"\\d+"), within=5)
    tenant.set_status(message, "delivered", "Delivered")
    tenant.profile = "by-hand"
    tenant.profile = CustomProfile("nightly")
    tenant.auth = "onsite"
    rule = tenant.rules.add(actions.wire("reply-lost") | actions.delay(2), when={"to": pattern("+44*")}, times=1)
    assert rule.state == "active"
    registered: datetime = tenant.outbox[0].registered
    assert registered and tenant.outbox == [] and tenant.journal(refused=contains("x")) == []
"""
WRONG = [
    'tenant.verify(too="x")',
    'tenant.outbox(kontent="x")',
    'tenant.wait_for(timeout=5, to="x")',
    "tenant.verify(to=1)",
    'tenant.verify(in_="outbx")',
    'tenant.set_status(1, "delivrd")',
    'tenant.profile = "by-hnd"',
    'tenant.auth = "onsight"',
    'actions.wire("reply-lst")',
    'actions.status("delivrd")',
    'tenant.rules.add(actions.http(503), when={"too": "x"})',
    "tenant.outbox[0].contents",
]


PYRIGHT = Path(__file__).parents[2] / "node_modules" / ".bin" / "pyright"


def mypy(file: Path) -> tuple[set[int], str]:
    """Return the lines that are refused, and what is said of them."""
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(file.parents[1] / "mypy"), file.name]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    return {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error: " in line}, done.stdout


def pyright(file: Path) -> tuple[set[int], str]:
    """Return the same of pyright's strict mode."""
    file.with_name("pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}', "utf-8")
    command = [PYRIGHT, "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    found = json.loads(done.stdout)
    assert found["summary"]["filesAnalyzed"] == 1
    errors = [each for each in found["generalDiagnostics"] if each["severity"] == "error"]
    return {each["range"]["start"]["line"] + 1 for each in errors}, done.stdout


@pytest.mark.parametrize(
    ("check", "is_here"),
    [
        pytest.param(mypy, find_spec("mypy") is not None, id="mypy"),
        pytest.param(pyright, PYRIGHT.exists(), id="pyright"),
    ],
)
def test_a_type_checker_takes_what_is_right_and_refuses_what_is_misspelt(tmp_path, check, is_here):
    if not is_here:
        pytest.skip(f"{check.__name__} is not installed")
    file = tmp_path / "check.py"
    file.write_text(RIGHT, "utf-8")
    refused, said = check(file)
    assert refused == set(), said
    head = "from messaging_double import Tenant, actions\n\n\ndef test_it(tenant: Tenant) -> None:\n"
    file.write_text(head + "".join(f"    {each}\n" for each in WRONG), "utf-8")
    refused, said = check(file)
    assert refused == set(range(5, 5 + len(WRONG))), said


def python_names(names):
    return {criteria.snake(name) for name in names}


def test_the_words_are_those_of_the_tables():
    assert get_args(values.ProfileName) == tuple(each.name for each in profiles.BUILTIN_PROFILES)
    assert set(get_args(StatusName)) == set(profiles.STATUSES)
    assert set(get_args(WireFault)) == set(WIRE)
    every = (*criteria.OUTBOX, *criteria.INBOX, *criteria.STATUS_REPORTS, *criteria.JOURNAL)
    assert set(Criteria.__annotations__) == python_names(each.name for each in every) | {"contains", "after", "since"}
    assert set(CallCriteria.__annotations__) == set(RuleWhen.__struct_fields__)
    assert {"wire", "http", "error", "fault", "status", "profile", "delay", "drip"} <= set(RuleAnswer.__struct_fields__)


def test_everything_can_be_imported_from_the_top():
    from messaging_double import client  # noqa: PLC0415

    assert messaging_double.__version__[0].isdigit()
    assert messaging_double.__all__ == client.__all__
    for name in client.__all__:
        assert getattr(messaging_double, name) is getattr(client, name)
    assert {*client.__all__, "__version__"} <= set(dir(messaging_double))
    with pytest.raises(AttributeError, match="has no attribute 'MesagingDouble'"):
        _ = messaging_double.MesagingDouble
