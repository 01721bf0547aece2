"""Several threads and several processes on one file; processes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from messaging_double.storage import Storage


def start(code, *arguments):
    """Start a process of its own that runs the code; it says `ready` and waits for a line before its work."""
    preamble = """
        import os, sys
        from datetime import datetime, timezone
        from messaging_double.models.records import OutboxEntry, OutgoingMessage, StatusChange
        from messaging_double.storage import Storage

        def send(storage, count=1):
            now = datetime.now(timezone.utc)
            status = (StatusChange(1, None, now, "test"),)
            with storage.writing() as unit:
                first = unit.outbox.reserve("Cust1", count)
                unit.outbox.add("Cust1", [
                    OutboxEntry(number, "x", "p", OutgoingMessage(content=str(os.getpid())), "k", None, "SendMessages",
                                "Services88", now, now, status)
                    for number in range(first, first + count)
                ])
            return range(first, first + count)

        print("ready", flush=True)
        sys.stdin.readline()
    """
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(preamble) + textwrap.dedent(code), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def together(processes):
    """Let all processes begin at once, and give what each of them said."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    outputs = [process.communicate(timeout=30)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return outputs


def stored_ids(storage):
    with storage.reading() as unit:
        entries, total = unit.outbox.search("Cust1", (), limit=100_000)
    assert all(entry.statuses for entry in entries)
    assert len(entries) == total
    return sorted(entry.messaging_id for entry in entries)


def test_sixteen_threads_get_distinct_ids_and_lose_nothing(storage, send):
    threads, each = 16, 500
    with ThreadPoolExecutor(threads) as pool:
        sent = pool.map(lambda _: [send(storage)[0] for _ in range(each)], range(threads))
    ids = [number for of_thread in sent for number in of_thread]
    assert sorted(ids) == stored_ids(storage) == list(range(1, threads * each + 1))


def test_several_processes_get_distinct_ids_and_lose_nothing(storage, database):
    code = """
        storage = Storage.open(sys.argv[1], busy_timeout=30)
        print(*(number for size in [1, 3] * 40 for number in send(storage, size)))
        storage.close()
    """
    outputs = together([start(code, database) for _ in range(3)])
    ids = [int(number) for output in outputs for number in output.split()]
    assert sorted(ids) == stored_ids(storage) == list(range(1, 3 * 160 + 1))


def test_processes_that_open_new_files_at_once_all_succeed(tmp_path):
    code = """
        for number in range(15):
            storage = Storage.open(f"{sys.argv[1]}/{number}.sqlite")
            send(storage)
            storage.close()
    """
    together([start(code, str(tmp_path)) for _ in range(4)])
    for number in range(15):
        with closing(Storage.open(str(tmp_path / f"{number}.sqlite"))) as storage:
            assert stored_ids(storage) == [1, 2, 3, 4]


def test_threads_that_open_new_files_at_once_all_succeed(tmp_path):
    threads = 6
    barrier = threading.Barrier(threads)

    def open_all(_):
        for number in range(40):
            barrier.wait(10)
            Storage.open(str(tmp_path / f"{number}.sqlite")).close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(open_all, range(threads)))


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no kill -9")
@pytest.mark.parametrize("named", [True, False], ids=["a named file", "a temporary file"])
def test_what_was_committed_survives_kill_9_and_the_rest_is_gone(database, named, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # no other double of this machine removes the file
    code = """
        storage = Storage.open(sys.argv[1] or None)
        print(storage.path, *send(storage, 3), *send(storage, 2), flush=True)
        with storage.writing() as unit:
            unit.outbox.reserve("Cust1", 100)
            unit.tenants.reset("Cust2")
            os.kill(os.getpid(), 9)
    """
    process = start(code, database if named else "")
    output, _ = process.communicate("\n", timeout=30)
    assert process.returncode == -signal.SIGKILL
    _ready, path, *sent = output.split()
    with closing(Storage.open(path)) as storage:
        assert stored_ids(storage) == [int(number) for number in sent] == [1, 2, 3, 4, 5]
        with storage.writing() as unit:
            assert unit.outbox.reserve("Cust1", 1) == 6
    os.unlink(path)  # noqa: PTH108 - one name


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_forked_process_uses_connections_of_its_own_and_does_not_remove_its_parents_file():
    code = """
        storage = Storage.open(None)
        send(storage)
        children = [os.fork()]
        if children[0]:
            children.append(os.fork())
        sent = [number for _ in range(100) for number in send(storage)]
        if 0 in children:
            storage.close()
            os._exit(0)
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
        storage.ping()
        with storage.reading() as unit:
            print(unit.outbox.search("Cust1", (), limit=0)[1], sent == sorted(set(sent)))
        path = storage.path
        storage.close()
        print(os.path.exists(path))
    """
    (output,) = together([start(code)])
    assert output.split() == ["301", "True", "False"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python warns of a fork beside threads from 3.12 on")
def test_a_fork_while_another_thread_writes_leaves_the_child_able_to_write(storage):
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with storage.writing():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(10)
    child = os.fork()
    if not child:  # pragma: no cover - coverage does not see the child
        os._exit(not storage._connections._write_lock.acquire(1))  # noqa: SLF001 - the rest of a unit of work would leave with the child
    assert os.waitpid(child, 0)[1] == 0
    leave.set()
    thread.join()
