"""What is PostgreSQL's alone: its URL, its locks, and a server that is gone for a while."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import quote

import pytest
from support.double import Double
from support.envelopes import outgoing
from support.postgres import writing_elsewhere
from support.processes import PATIENCE

from messaging_double.models.records import Exchange
from messaging_double.storage import (
    NotTogetherError,
    Storage,
    StorageBusyError,
    StorageError,
    StorageUnavailableError,
    UnknownSchema,
)
from messaging_double.storage.schema import SCHEMA_VERSION

psycopg = pytest.importorskip("psycopg")
notifier = pytest.importorskip("messaging_double.storage.postgres_notifier")
postgres_connection = pytest.importorskip("messaging_double.storage.postgres_connection")


@pytest.fixture
def url(postgres):
    return postgres.schema()


@pytest.fixture
def replicas(url):
    """Return two storages on one database, as two processes have them."""
    with closing(Storage.open(url, busy_timeout=5)) as one, closing(Storage.open(url, busy_timeout=5)) as other:
        yield one, other


def test_a_url_of_each_scheme_opens_the_database_and_is_shown_without_its_user(url, send):
    for number, scheme in enumerate(("postgresql+psycopg", "postgresql", "postgres"), 1):
        with closing(Storage.open(url.replace("postgresql+psycopg", scheme))) as storage:
            assert send(storage) == [number]
            assert storage.path.startswith("postgresql+psycopg://127.0.0.1:")
            assert "double" not in storage.path


def test_no_password_is_shown_where_the_server_cannot_be_reached(free_port):
    with pytest.raises(StorageUnavailableError, match="cannot be reached: check that PostgreSQL runs") as caught:
        Storage.open(f"postgresql+psycopg://u:secret@127.0.0.1:{free_port}/name")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("credentials", ["u:secret@[", "u:the/secret@", "u:the@secret@", "u:1/secret@", "u:%secret@"])
def test_a_url_that_cannot_be_read_is_refused_with_an_example_and_without_its_password(credentials):
    with pytest.raises(StorageError, match=r"Expected one such as postgresql\+psycopg://user:password@host") as caught:
        Storage.open(f"postgresql+psycopg://{credentials}h/db")
    assert "secret" not in str(caught.value)


def test_without_the_driver_the_extra_is_named():
    code = """
import sys
sys.modules["psycopg"] = None
from messaging_double.storage import Storage, StorageError
try:
    Storage.open("postgresql+psycopg://h/db")
except StorageError as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, check=True, text=True)
    assert "pip install 'messaging-double[postgres]'" in run.stdout


@pytest.fixture
def round_trips(monkeypatch):
    """Return a list that grows with each wait of this thread for the server."""
    waits, wait, this_thread = [], psycopg.Connection.wait, threading.get_ident()

    def counted(*arguments, **named):
        if threading.get_ident() == this_thread:
            waits.append(arguments)
        return wait(*arguments, **named)

    monkeypatch.setattr(psycopg.Connection, "wait", counted)
    return waits


def test_a_call_that_sends_takes_two_round_trips(url, round_trips):
    with Double(database=url, journal_entries=0) as double:
        double.send(outgoing())
        before = len(round_trips)
        double.send(outgoing())
        assert len(round_trips) == before + 2


def test_calls_together_take_two_round_trips(url, round_trips, send, entry):
    with closing(Storage.open(url)) as storage:
        send(storage)
        before = len(round_trips)
        with storage.together("Cust1"):
            for number in (2, 3, 4):
                with storage.calling("Cust1") as unit:
                    unit.outbox.expect_ids("Cust1")
                    assert storage.state("Cust1").seed is None
                    assert unit.outbox.next_ids("Cust1", 1) == number
                    unit.outbox.add("Cust1", [entry(number)])
        assert len(round_trips) == before + 2
        assert send(storage) == [5]


ALONE = {
    "keeps what is done so far": lambda _, unit: unit.keep(),
    "undoes what it has changed": lambda _, unit: unit.undo_to_savepoint(),
    "fails": lambda _, __: 1 // 0,
    "begins another unit of work": lambda storage, _: storage.writing("Cust1"),
    "changes another tenant too": lambda _, unit: unit.begin_with("Cust2"),
    "makes changes for sure": lambda _, unit: unit.outbox.take_back("Cust1", 1, 1, (), 0),
    "is refused by the database": lambda _, unit: unit.change("UPDATE tenants SET next_messaging_id = 'x'"),
}


@pytest.mark.parametrize("case", ALONE)
def test_a_call_that_needs_a_transaction_of_its_own_undoes_those_that_came_with_it(url, send, entry, case):
    def both():
        with storage.together("Cust1"):
            with storage.calling("Cust1") as unit:
                unit.outbox.add("Cust1", [entry(2)])
            with storage.calling("Cust1") as unit:
                unit.tenants.set("Cust1", seed="other")
                ALONE[case](storage, unit)

    with closing(Storage.open(url)) as storage:
        send(storage)
        with pytest.raises(NotTogetherError):
            both()
        assert storage.state("Cust1").seed is None
        assert send(storage) == [2]


def test_text_is_kept_with_a_picture_of_nul_in_its_place(url, send):
    with closing(Storage.open(url)) as storage:
        send(storage, session_key="a\0b")
        with storage.reading() as unit:
            assert unit.outbox.session_keys("Cust1", [1]) == {1: "a\N{SYMBOL FOR NULL}b"}


def test_a_tenant_and_a_snapshot_may_have_the_longest_names(url):
    tenant = name = "".join(chr(0x1D400 + number * 37 % 600) for number in range(255))  # each of four bytes
    with Double(database=url) as double:
        assert double.send(outgoing(), tenant=tenant + name).messaging_ids == [1]
        double.steer("POST", "snapshots", {"name": name}, tenant=tenant + name)
        assert double.get(f"/_mock/v1/tenants/{quote(tenant + name)}/snapshots").json["snapshots"][0]["messages"] == 1


def test_what_was_read_ahead_is_read_again_after_a_change(url):
    with closing(Storage.open(url)) as storage, storage.calling("Cust1") as unit:
        unit.outbox.expect_ids("Cust1")
        assert storage.state("Cust1").seed is None
        unit.outbox.advance_past("Cust1", 6)
        assert unit.outbox.next_ids("Cust1", 1) == 7


def test_what_was_read_ahead_does_not_outlive_its_transaction(replicas, send):
    one, other = replicas
    with one.calling("Cust1") as unit:
        unit.outbox.expect_ids("Cust1")
        one.state("Cust1")
    send(other, count=3)
    with one.calling("Cust1") as unit:
        assert unit.outbox.next_ids("Cust1", 1) == 4


def test_a_message_that_the_database_refuses_is_not_kept_although_it_shows_at_the_commit_only(url, send, entry):
    def send_again():
        with storage.calling("Cust1") as unit:
            unit.outbox.add("Cust1", [entry(2), entry(1)])

    with closing(Storage.open(url)) as storage:
        send(storage)
        with pytest.raises(StorageError, match="duplicate key"):
            send_again()
        assert send(storage) == [2]


def test_more_is_sent_at_once_than_the_server_takes_before_it_answers(url, entry):
    count, content = 450, "x" * 50_000
    with closing(Storage.open(url)) as storage:
        with storage.writing("Cust1") as unit:
            unit.outbox.add("Cust1", [entry(number, config=(("text", content),)) for number in range(1, count + 1)])
        with storage.reading() as unit:
            assert unit.outbox.count("Cust1", ()) == count


def test_any_number_of_different_statements_may_be_run(url):
    with closing(Storage.open(url, connections=1)) as storage, storage.reading() as unit:
        for number in range(500):
            assert unit.rows(f"SELECT {number}, ?", ("x",)) == [(number, "x")]


def test_commits_do_not_wait_for_the_disk_unless_the_url_says_so(url):
    for given, expected in ((url, "off"), (f"{url}%20-c%20synchronous_commit%3Don", "on")):
        with closing(Storage.open(given)) as storage, storage.reading() as unit:
            assert unit.row("SHOW synchronous_commit") == (expected,)


def test_tables_of_something_else_are_refused_and_left_alone(postgres, url):
    schema = url.partition("search_path%3D")[2]
    postgres.execute(f"CREATE TABLE {schema}.inbox (theirs TEXT)")
    with pytest.raises(UnknownSchema, match=r"has tables of something else: inbox\. Name another database"):
        Storage.open(url)
    assert postgres.execute(f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'") == [(1,)]  # noqa: S608


def test_a_newer_schema_is_refused_with_what_to_do(postgres, url):
    Storage.open(url).close()
    postgres.execute(f"UPDATE {url.partition('search_path%3D')[2]}.messaging_double SET schema_version = 1000")  # noqa: S608
    with pytest.raises(UnknownSchema, match=f"its schema is 1000, this one reads {SCHEMA_VERSION}. Run that version"):
        Storage.open(url)


def test_processes_that_open_a_new_database_at_once_all_succeed(url):
    code = "import sys; from messaging_double.storage import Storage; Storage.open(sys.argv[1]).close()"
    processes = [subprocess.Popen([sys.executable, "-W", "error", "-c", code, url]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]


@pytest.mark.parametrize("usual", ["", "repeatable read", "serializable"])
def test_ids_and_the_order_of_arrival_are_exact_with_writers_in_several_replicas(url, usual, entry):
    if usual:
        url += quote(f" -c default_transaction_isolation={usual}".replace("e r", "e\\ r"))

    def work(storage):
        for _ in range(25):
            with storage.writing("Cust1") as unit:
                first = unit.outbox.reserve("Cust1", 2)
                unit.outbox.add("Cust1", [entry(number, session_key="k") for number in (first, first + 1)])

    with closing(Storage.open(url)) as one, closing(Storage.open(url)) as other:
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, [one, other] * 3))
        with one.reading() as unit:
            numbers = [each.messaging_id for each in unit.threads.messages("Cust1", "k")]
    assert numbers == list(range(1, 301))


def test_tenants_are_written_to_at_once_and_one_tenant_in_turn(replicas, send):
    one, other = replicas
    with writing_elsewhere(one, "Cust1"):
        with other.writing("Cust2", patience=5) as unit:
            assert unit.outbox.reserve("Cust2", 1) == 1
        with pytest.raises(StorageBusyError, match="another client of it is writing for too long"):
            other.writing("Cust1", patience=0.05).__enter__()
        with pytest.raises(StorageBusyError):
            other.writing(patience=0.05).__enter__()
    with writing_elsewhere(one), pytest.raises(StorageBusyError):
        other.writing("Cust2", patience=0.05).__enter__()
    assert send(other, "Cust1") == [1]


def test_a_journal_is_written_while_a_call_of_its_tenant_writes_but_not_while_a_reset_does(replicas, noon):
    one, other = replicas

    def record():
        with other.recording("Cust1", patience=0.05) as unit:
            unit.journal.add("Cust1", [Exchange(0, noon, "GET", "/", 200, 0)], most_entries=9, most_bytes=999)

    with writing_elsewhere(one, "Cust1"):
        record()
    with writing_elsewhere(one), pytest.raises(StorageBusyError):
        record()
    with other.reading() as unit:
        assert unit.journal.count("Cust1", ()) == 1


def test_a_reset_elsewhere_is_seen_by_the_next_look_at_the_state(replicas, noon):
    one, other = replicas
    for moment in (noon, None, noon):
        with one.writing("Cust1") as unit:
            unit.tenants.set("Cust1", frozen=moment)
        assert other.state("Cust1").frozen == moment


def test_the_state_can_be_read_inside_a_unit_of_work_even_by_the_last_connection(url):
    with closing(Storage.open(url, busy_timeout=0.1, connections=1)) as storage, storage.writing("Cust1") as unit:
        unit.tenants.set("Cust1", seed="s")
        assert storage.state("Cust1").seed == "s"


def test_who_finds_no_free_connection_in_time_is_told_the_limit(url):
    with closing(Storage.open(url, busy_timeout=0.1, connections=1)) as storage:
        with writing_elsewhere(storage, "Cust1"), pytest.raises(StorageUnavailableError, match="all 1 of this process"):
            storage.reading().__enter__()
        storage.ping()


def test_a_commit_in_one_replica_is_announced_in_the_others(replicas, send):
    one, other = replicas
    heard, arrived = [], threading.Event()
    other.on_change(lambda tenants: (heard.append(tenants), arrived.set()))
    before = other.changes()
    for _ in range(100):  # the first ones may come before the other one listens
        send(one, "Cust7")
        if arrived.wait(0.1):
            break
    assert {"Cust7"} in heard
    assert not [each for each in heard if each != {"Cust7"}]
    assert other.changes() > before


def test_what_is_to_be_announced_meanwhile_ends_one_pause_between_two_attempts_to_connect(monkeypatch):
    monkeypatch.setattr(notifier, "_SHORTEST_PAUSE", PATIENCE)
    attempts = [threading.Event() for _ in range(3)]
    left = iter(attempts)

    def connect():
        next(left).set()
        raise psycopg.OperationalError

    with closing(notifier.Notifier(connect, print)) as announcing:
        announcing.listen(print)
        assert attempts[0].wait(PATIENCE)
        announcing.announce({"Cust1"})
        assert attempts[1].wait(PATIENCE)
        announcing.announce({"Cust2"})
        assert not attempts[2].wait(0.1)


def test_a_server_that_is_gone_for_a_while_is_our_fault_and_work_goes_on_by_itself(own_server, send):
    with closing(Storage.open(own_server.schema(), busy_timeout=1)) as storage:
        heard = threading.Event()
        storage.on_change(lambda _: None)
        for _ in range(2):
            sent = send(storage)
            own_server.stop()
            for use in (storage.ping, lambda: storage.state("Cust1"), lambda: send(storage)):
                with pytest.raises(StorageUnavailableError, match="reached"):
                    use()
            own_server.start()
            while not heard.wait(0.05):  # the pause after a failed attempt
                try:
                    assert send(storage) == [sent[0] + 1]
                except StorageUnavailableError:
                    continue
                break


def test_a_server_that_is_silent_for_a_while_is_our_fault_too_but_not_one_that_works_for_long(
    own_server, send, monkeypatch
):
    monkeypatch.setattr(postgres_connection, "_SILENT_SECONDS", 0.2)
    with closing(Storage.open(f"{own_server.schema()}&connect_timeout=2")) as storage:
        assert send(storage) == [1]
        with own_server.silent(), pytest.raises(StorageUnavailableError, match="connection timeout expired"):
            storage.ping()
        with storage.reading() as unit:
            unit.rows("SELECT pg_sleep(0.5)")
        assert send(storage) == [2]


@pytest.mark.parametrize("size", [1, 20_000_000], ids=["sent", "too long for the buffers between"])
def test_a_statement_that_a_silent_server_did_not_answer_ends_its_connection(own_server, send, monkeypatch, size):
    monkeypatch.setattr(postgres_connection, "_SILENT_SECONDS", 0.2)
    with closing(Storage.open(f"{own_server.schema()}&connect_timeout=2&tcp_user_timeout=0")) as storage:
        send(storage)
        with pytest.raises(StorageUnavailableError), storage.reading() as unit:  # noqa: PT012 - its end is the point
            statement = "SELECT length(?)", ("x" * size,)
            assert unit.rows(*statement) == [(size,)]
            with own_server.silent(), pytest.raises(StorageUnavailableError, match="connection timeout expired"):
                unit.rows(*statement)
            # Its rows come now, and are not what the end of the block waits for.
        assert send(storage) == [2]


def test_a_restart_between_two_calls_is_not_noticed(own_server, send):
    with closing(Storage.open(own_server.schema(), busy_timeout=5)) as storage:
        for number in (1, 2):
            assert send(storage) == [number]
            own_server.stop()
            own_server.start()
        with storage.reading() as unit:
            assert unit.outbox.count("Cust1", ()) == 2


def test_a_database_that_cannot_be_written_is_refused_at_the_start(url):
    with pytest.raises(StorageError, match="it is read-only, as a standby is: name the primary server"):
        Storage.open(f"{url}%20-c%20default_transaction_read_only%3Don")


@pytest.fixture
def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def own_server():
    """Return a server that a test may stop."""
    from support.postgres import Server  # noqa: PLC0415 - not on Windows

    server = Server()
    yield server
    server.remove()
