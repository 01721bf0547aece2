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

PREAMBLE = """
import os, sys
from messaging_double.storage import Storage

def take_id(storage):
    with storage.writing() as unit:
        return unit.outbox.reserve("Cust1", 1)

print("ready", flush=True)
sys.stdin.readline()
"""


def start(code, *arguments):
    """Start a process of its own that runs the code; it says `ready` and waits for a line before its work."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PREAMBLE + textwrap.dedent(code), *arguments],
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


@pytest.mark.sqlite
def test_processes_that_open_new_files_at_once_all_succeed(tmp_path):
    code = """
        for number in range(8):
            storage = Storage.open(f"{sys.argv[1]}/{number}.sqlite")
            take_id(storage)
            storage.close()
    """
    together([start(code, str(tmp_path)) for _ in range(4)])
    for number in range(8):
        with closing(Storage.open(str(tmp_path / f"{number}.sqlite"))) as storage, storage.writing() as unit:
            assert unit.outbox.reserve("Cust1", 1) == 5


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
        take_id(storage)
        children = [os.fork()]
        if children[0]:
            children.append(os.fork())
        taken = [take_id(storage) for _ in range(100)]
        if 0 in children:
            storage.close()
            os._exit(0)
        assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
        storage.ping()
        print(take_id(storage), taken == sorted(set(taken)))
        path = storage.path
        storage.close()
        print(os.path.exists(path))
    """
    (output,) = together([start(code)])
    assert output.split() == ["302", "True", "False"]


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


@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python warns of a fork beside threads from 3.12 on")
def test_a_thread_that_writes_to_a_temporary_file_comes_to_its_end_before_a_fork(entry):
    """It has locked nothing for the child, which would take the same id."""
    inside, leave = threading.Event(), threading.Event()

    def add(then=lambda: None):
        with storage.writing() as unit:
            unit.outbox.add("Cust1", [entry(unit.outbox.next_ids("Cust1", 1))])
            then()

    with closing(Storage.open(None)) as storage:
        add()
        add()
        threads = [threading.Thread(target=add, args=(lambda: inside.set() or leave.wait(10),))]
        threads.append(threading.Timer(0.1, leave.set))
        for each in threads:
            each.start()
        inside.wait(10)
        child = os.fork()
        if not child:  # pragma: no cover - coverage does not see the child
            try:
                add()
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        for each in threads:
            each.join()
        with storage.reading() as unit:
            assert unit.outbox.count("Cust1", ()) == 4
