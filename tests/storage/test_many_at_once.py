"""Several threads and several processes on one file; processes that die."""

from __future__ import annotations

import os
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


@pytest.mark.sqlite
def test_processes_that_open_new_files_at_once_all_succeed(tmp_path):
    code = """
        for number in range(8):
            storage = Storage.open(f"{sys.argv[1]}/{number}.sqlite")
            send(storage)
            storage.close()
    """
    together([start(code, str(tmp_path)) for _ in range(4)])
    for number in range(8):
        with closing(Storage.open(str(tmp_path / f"{number}.sqlite"))) as storage:
            assert stored_ids(storage) == [1, 2, 3, 4]


@pytest.mark.sqlite
def test_threads_that_open_new_files_at_once_all_succeed(tmp_path):
    threads = 6
    barrier = threading.Barrier(threads)

    def open_all(_):
        for number in range(20):
            barrier.wait(10)
            Storage.open(str(tmp_path / f"{number}.sqlite")).close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(open_all, range(threads)))


@pytest.mark.sqlite
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


@pytest.mark.sqlite
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
