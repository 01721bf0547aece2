"""The same for unittest."""

import unittest
from typing import ClassVar

import pytest
from support.soap_calls import send

from messaging_double.client import MessagingDouble, Unreachable
from messaging_double.client.unittest import MessagingDoubleTestCase


def case() -> type[MessagingDoubleTestCase]:
    """Make a class that is run by the tests, not by pytest."""

    class Beside(unittest.TestCase):
        begun: ClassVar = []

        @classmethod
        def setUpClass(cls):
            cls.begun.append("class")

        def setUp(self):
            self.begun.append("test")

    class Sending(MessagingDoubleTestCase, Beside):
        messaging_double_settings: ClassVar = {"strict": True}
        names: ClassVar = []

        def test_a(self):
            assert self.messaging_double.outbox() == []
            send(self.messaging_double.soap_url(), To="+447700900500")
            self.messaging_double.verify(count=1)
            self.names.append(self.messaging_double.name)

        test_b = test_a

        def test_c(self):
            assert self.messaging_double_server.settings()["strict"] is True
            send(self.messaging_double.soap_url(), To="+447700900500")
            self.messaging_double.verify(to="+447700900501")

    return Sending


def run(tests: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(tests).run(result)
    return result


@pytest.fixture(autouse=True)
def _nothing_runs_already(monkeypatch):
    monkeypatch.delenv("MESSAGING_DOUBLE_URL", raising=False)


def test_each_test_has_a_tenant_of_its_own():
    tests = case()
    result = run(tests)
    assert (result.testsRun, result.errors) == (3, [])
    assert len(set(tests.names)) == 2
    assert tests.begun == ["class", "test", "test", "test"]
    with pytest.raises(Unreachable, match="not running"):
        _ = tests.messaging_double_server.url


def test_names_are_unique_in_a_kept_database(tmp_path):
    tests = case()
    tests.messaging_double_settings = {"strict": True, "database": str(tmp_path / "kept.sqlite")}
    assert run(tests).errors == []
    assert {len(name) for name in tests.names} == {len("Cust") + 12}


def test_a_failing_expectation_is_a_failure_with_what_comes_nearest():
    result = run(case())
    ((_, text),) = result.failures
    assert "ExpectationFailed: Expected at least 1 message" in text
    assert "Nearest: message 1 meets 0 of 1:" in text


def test_a_running_double_is_used(monkeypatch):
    monkeypatch.setenv("MESSAGING_DOUBLE_CONTROL_TOKEN", "sesame")
    with MessagingDouble(strict=True, control_token="sesame") as double:  # noqa: S106 (of a test)
        monkeypatch.setenv("MESSAGING_DOUBLE_URL", double.url)
        tests = case()
        result = run(tests)
        assert (result.testsRun, len(result.failures), result.errors) == (3, 1, [])
        assert {len(name) for name in tests.names} == {len("Cust") + 12}
        assert double.tenants() == []
