"""A double for the run, a fresh tenant for each test."""

from urllib.error import URLError
from urllib.request import urlopen

import pytest

from messaging_double.client import MessagingDouble

TOKEN = "a-long-random-text"  # noqa: S105 (of a test)
STRICKT = """
import pytest

@pytest.fixture(scope="session")
def messaging_double_settings():
    return {"strickt": True}
"""


def test_each_test_has_a_tenant_of_its_own_that_is_deleted_afterwards(run):
    done = run(
        """
names = []

def test_one(messaging_double):
    send(messaging_double.soap_url())
    assert len(messaging_double.outbox) == 1
    names.append(messaging_double.name)

def test_other(messaging_double, messaging_double_server):
    assert [each.tenant for each in messaging_double_server.tenants()] == []
    assert messaging_double.outbox() == []
    names.append(messaging_double.name)

def test_names_are_like_those_of_the_real_service():
    assert names == ["Cust00001", "Cust00002"]

def test_the_fixture_is_of_the_class_that_has_its_name(messaging_double, messaging_double_server):
    from messaging_double import MessagingDouble, Tenant
    assert isinstance(messaging_double, MessagingDouble) and isinstance(messaging_double, Tenant)
    assert messaging_double.url == messaging_double_server.url
    assert messaging_double.name != messaging_double_server.name == "default"
    messaging_double.stop()
    assert messaging_double.health().status == "ready"
"""
    )
    done.assert_outcomes(passed=4)


def test_settings_are_overridden_in_a_conftest(run):
    done = run(
        """
def test_settings(messaging_double, messaging_double_server):
    assert messaging_double_server.settings()["strict"] is True
    assert messaging_double.clock.mode == "frozen"
""",
        conftest="""
import pytest

@pytest.fixture(scope="session")
def messaging_double_settings():
    return {"strict": True, "clock": "2026-01-01T08:00:00Z"}
""",
    )
    done.assert_outcomes(passed=1)


def test_a_running_double_is_used_and_left_as_it_was(run, monkeypatch):
    monkeypatch.setenv("MESSAGING_DOUBLE_CONTROL_TOKEN", TOKEN)
    with MessagingDouble(control_token=TOKEN) as double:
        text = f"""
def test_shared(messaging_double, messaging_double_server):
    send(messaging_double.soap_url())
    assert messaging_double_server.url == {double.url!r}
    assert len(messaging_double.name) == len("Cust") + 12
"""
        run(text, "--messaging-double-url", double.url).assert_outcomes(passed=1)
        assert double.tenants() == []


def test_variables_name_a_running_double_and_a_tenant_whose_own_token_is_enough(run, monkeypatch):
    with MessagingDouble(control_token=TOKEN, tenant_tokens={"Cust1": "of-one"}) as double:
        text = f"""
def test_one(messaging_double):
    assert (messaging_double.url, messaging_double.name) == ({double.url!r}, "Cust1")
    send(messaging_double.soap_url())
    assert len(messaging_double.outbox()) == 1
"""
        for name, value in {"URL": double.url, "TENANT": "Cust1", "CONTROL_TOKEN": "of-one"}.items():
            monkeypatch.setenv(f"MESSAGING_DOUBLE_{name}", value)
        run(text).assert_outcomes(passed=1)


def test_what_a_run_that_was_killed_left_in_a_kept_database_does_not_show(run, run_in_a_process):
    conftest = """
import pytest

@pytest.fixture(scope="session")
def messaging_double_settings():
    return {"database": "kept.sqlite"}
"""
    killed = run_in_a_process(
        """
import os

def test_killed(messaging_double):
    send(messaging_double.soap_url())
    os._exit(9)
""",
        conftest=conftest,
    )
    assert killed.ret == 9
    run(
        """
def test_next(messaging_double, messaging_double_server):
    (left,) = messaging_double_server.tenants()
    assert left.outbox == 1
    assert messaging_double.outbox() == []
    assert messaging_double.name.startswith("Cust") and messaging_double.name[4:].isdecimal()

names = []

def test_one(messaging_double):
    names.append(messaging_double.name)

def test_other(messaging_double):
    assert int(messaging_double.name[4:]) == int(names[0][4:]) + 1
""",
        conftest=conftest,
    ).assert_outcomes(passed=3)


def test_the_double_of_a_run_that_is_ended_in_a_test_is_stopped(run, pytester):
    run(
        """
from pathlib import Path
import pytest

def test_before(messaging_double_server):
    Path("url").write_text(messaging_double_server.url)

def test_that_ends_the_run(messaging_double_server):
    pytest.exit("as by Ctrl+C")
"""
    ).assert_outcomes(passed=1)
    with pytest.raises(URLError):
        urlopen((pytester.path / "url").read_text(), timeout=10)


def test_a_double_that_cannot_be_started_is_an_error_that_says_why(run):
    done = run("def test_it(messaging_double): pass", conftest=STRICKT)
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(['E *StartFailed: The keyword "strickt" is no setting; did you mean strict[?]'])


def test_tests_run_in_parallel(run):
    pytest.importorskip("xdist")
    done = run(
        """
import pytest

@pytest.mark.parametrize("number", range(10))
def test_alone(messaging_double, number):
    assert messaging_double.outbox() == []
    send(messaging_double.soap_url(), Content=str(number))
    messaging_double.verify(count=1, content=str(number))
""",
        "-n2",
    )
    done.assert_outcomes(passed=10)


@pytest.mark.parametrize(("worker", "name"), [("gw7", "Cust07001"), ("alpha", "Cust00001")])
def test_the_name_of_a_tenant_has_the_number_of_the_worker(run, monkeypatch, worker, name):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)
    run(f"def test_name(messaging_double): assert messaging_double.name == {name!r}").assert_outcomes(passed=1)


def test_the_plugin_imports_nothing_heavy_and_starts_nothing_before_somebody_asks_for_it(run_in_a_process):
    done = run_in_a_process(
        """
import sys
import threading

def test_nothing_runs():
    assert threading.active_count() == 1

def test_nothing_heavy_is_imported():
    loaded = [name for name in sys.modules if name.startswith("messaging_double.")]
    assert {name.split(".")[1] for name in loaded} == {"client", "models"}
    assert {name.split(".")[2] for name in loaded if name.count(".") > 1} == {"pytest_plugin", "variables"}
    assert "msgspec" not in sys.modules
""".replace("from support.soap_calls import send", "")
    )
    done.assert_outcomes(passed=2)


SESSION = """
import pytest

@pytest.fixture(scope="session")
def application(messaging_double_server):
    return messaging_double_server.soap_url()

def test_one(application, messaging_double, messaging_double_server):
    assert messaging_double is messaging_double_server
    assert messaging_double.name == "Cust12345" in application
    send(application, Content="one")
    messaging_double.verify(count=1)

def test_other(application, messaging_double):
    assert messaging_double.outbox == []
    send(application, Content="other")
    messaging_double.verify(count=2)

def test_without_the_fixture(application):
    assert 1 == 2
"""


NO_PYTHON = """
import pytest

class Failing(pytest.Item):
    def runtest(self):
        raise AssertionError

class File(pytest.File):
    def collect(self):
        yield Failing.from_parent(self, name="no function")

def pytest_collect_file(parent, file_path):
    return File.from_parent(parent, path=file_path)
"""


def test_one_tenant_for_all_tests_is_reset_before_each_and_reported(run):
    done = run(SESSION, "--messaging-double-tenant=Cust12345", conftest=NO_PYTHON)
    done.assert_outcomes(passed=1, failed=3)
    section = ["*- messaging-double -*", "tenant Cust12345: 1 in the outbox, newest first"]
    done.stdout.fnmatch_lines(["E *ExpectationFailed: Expected exactly 2 messages *", *section, *section])
