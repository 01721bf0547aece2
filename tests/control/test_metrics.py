"""Metrics: what Prometheus reads at /metrics, by its own parser."""

from __future__ import annotations

from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.control import OUTBOX, fill
from support.double import Double
from support.envelopes import outgoing
from support.processes import eventually
from support.soap_calls import send

from messaging_double.client import MessagingDouble
from messaging_double.storage import StorageError

PREFIX = "messaging_double_"
RULES = "/_mock/v1/tenants/default/rules"


@pytest.fixture
def double(start_double) -> Double:
    """Return a double that has counted nothing before."""
    return start_double()


def read(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return all samples by their name, without our prefix, and their labels."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    found = {(each.name.removeprefix(PREFIX), tuple(sorted(each.labels.items()))): each.value for each in samples}
    assert len(found) == len(samples), "a sample twice"
    return found


def metrics(double: Double) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    answer = double.get("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.body.decode())


def value(double: Double, name: str, **labels: str) -> float | None:
    return metrics(double).get((name, tuple(sorted(labels.items()))))


def calls(double: Double) -> dict[tuple[str, ...], float]:
    """Return the number of calls by operation, outcome and status."""
    return {
        tuple(text for _, text in labels): count
        for (name, labels), count in metrics(double).items()
        if name == "calls_total"
    }


def inject(double: Double, then: object) -> None:
    assert double.steer("POST", "rules", {"when": {"operation": "GetPlugins"}, "then": then}).status == 201


REST = "/api/v1/Agents/Messaging/GetPlugins"


@pytest.mark.parametrize(
    ("call", "counted"),
    [
        (lambda double: double.send(outgoing()), ("SendMessages", "answered", "200")),
        (lambda double: double.get("/Remote/Services88/Messaging.svc?wsdl"), ("none", "answered", "200")),
        (lambda double: double.call_xml("Unknown", services=88), ("none", "fault", "500")),
        (lambda double: double.send(outgoing(), plugin="unknown"), ("SendMessages", "fault", "200")),
        (lambda double: double.post(b""), ("none", "refused", "400")),
        (lambda double: double.get("/nothing"), ("none", "refused", "404")),
        (lambda double: double.request("PUT", "/Remote/Services88/Messaging.svc"), ("none", "refused", "405")),
        (lambda double: double.request("POST", REST, b"{}"), ("GetPlugins", "answered", "200")),
        (lambda double: (inject(double, {"http": 503}), double.plugins()), ("GetPlugins", "injected", "503")),
        (
            lambda double: (inject(double, {"fault": {"text": "x"}}), double.plugins()),
            ("GetPlugins", "injected", "500"),
        ),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, tuple) else "",
)
def test_a_call_is_counted_by_its_operation_outcome_and_status(start_double, call, counted):
    double = start_double(unknown_plugin="error")
    call(double)
    assert calls(double) == {counted: 1}
    assert value(double, "call_duration_seconds_count", operation=counted[0]) == 1


def test_the_histogram_of_an_operation_counts_each_of_its_calls_once(double):
    for call in (Double.plugins, Double.send, Double.plugins, Double.send, Double.plugins):
        call(double)
    double.post(b"")
    found = metrics(double)
    for name, count in (("GetPlugins", 3), ("SendMessages", 2), ("none", 1), ("CreateMessage", None)):
        buckets = [
            number
            for (sample, labels), number in found.items()
            if sample == "call_duration_seconds_bucket" and ("operation", name) in labels
        ]
        assert buckets == sorted(buckets)
        assert buckets[-1:] == ([] if count is None else [count])


def test_what_the_control_api_is_asked_is_no_call(double):
    for url in ("/metrics", "/livez", "/readyz", OUTBOX):
        assert double.get(url).status == 200
    assert calls(double) == {}


def test_no_tenant_and_nothing_that_a_client_wrote_is_shown(double):
    double.send(outgoing(To="+4799", Content="secret-text"), tenant="Cust4711")
    double.get('/no"where\n')
    text = double.get("/metrics").body.decode()
    for each in ("Cust4711", "+4799", "secret-text", "where"):
        assert each not in text


def test_the_database_is_measured_without_what_snapshots_keep(double):
    fill(double, 3)
    double.send(outgoing(), tenant="Cust2")
    assert double.steer("POST", "snapshots").status == 201
    assert value(double, "messages", list="outbox") == 4
    assert value(double, "messages", list="inbox") == 3
    assert value(double, "journal_exchanges") == 8
    assert value(double, "journal_bytes") > 1000
    assert value(double, "database_bytes") > 1000
    assert value(double, "database_readable") == 1


def test_evictions_of_the_journal_are_counted(start_double):
    double = start_double(journal_entries=10)
    for _ in range(25):
        double.plugins()
    shown = double.get("/_mock/v1/tenants/default/journal").json
    assert value(double, "journal_evicted_total") == shown["evicted"] == 25 - shown["total"] > 0
    assert value(double, "journal_lost_total") == 0


def test_exchanges_of_a_time_when_the_database_could_not_be_read_are_counted_as_lost(double, monkeypatch):
    def fail(*_: object) -> None:
        raise StorageError

    with monkeypatch.context() as context:
        context.setattr(double.app._storage, "state", fail)  # noqa: SLF001
        double.get("/nowhere")
    assert double.steer("GET", "journal").json["lost"] == value(double, "journal_lost_total") == 1


def test_a_database_that_cannot_be_read_leaves_the_metrics_of_the_process(double, monkeypatch):
    double.plugins()

    def fail(*_: object) -> None:
        raise StorageError

    monkeypatch.setattr("messaging_double.storage.Storage.reading", fail)
    found = metrics(double)
    assert found["database_readable", ()] == 0
    assert ("database_bytes", ()) not in found
    assert calls(double) == {("GetPlugins", "answered", "200"): 1}


def test_the_version_and_the_start_of_the_process_are_shown(double):
    ready = double.get("/readyz").json
    assert value(double, "info", version=ready["version"]) == 1
    assert value(double, "process_start_time_seconds") > 0
    assert value(double, "process_cpu_seconds_total") > 0


def test_no_token_is_needed(start_double):
    assert start_double(control_token="secret").get("/metrics").status == 200  # noqa: S106


def test_what_waits_streams_and_is_connected_is_shown_under_the_embedded_server():
    def shown(name: str) -> float:
        with urlopen(f"{double.url}/metrics") as answer:
            return read(answer.read().decode())[name, ()]

    with MessagingDouble() as double:
        send(double.tenant("Cust1").soap_url())
        assert [shown("long_polls"), shown("event_streams")] == [0, 0]
        with urlopen(f"{double.url}/_mock/v1/tenants/Cust1/events"):
            assert eventually(lambda: shown("event_streams") == 1)
            assert shown("connections") >= 2
        assert eventually(lambda: shown("event_streams") == 0)
