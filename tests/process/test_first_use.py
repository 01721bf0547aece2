"""What is made at the first use is made by one thread at a time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

CODE = """
import sys, threading
sys.setswitchinterval(1e-6)
from messaging_double.models.control.rules import NewRule
from messaging_double.models.control.values import convert
from messaging_double.server.validation import describe, parse

ready = threading.Barrier(8)

def make():
    convert({"then": {"http": 503}, "when": {"to": "1"}}, NewRule, dec_hook=parse)

uses = {
    "all convert": [make] * 8,
    "others describe": [make] + [lambda: describe(NewRule)] * 7,
}

def use(act):
    ready.wait()
    act()

threads = [threading.Thread(target=use, args=(act,)) for act in uses[sys.argv[1]]]
for each in threads:
    each.start()
for each in threads:
    each.join()
print("done")
"""
RUNS = 8
"""Without the lock each ends with a signal in half of the cases."""


@pytest.mark.parametrize("use", ["all convert", "others describe"])
def test_threads_that_use_a_struct_for_the_first_time_at_once_do_not_end_the_process(use):
    def run(_):
        done = subprocess.run([sys.executable, "-c", CODE, use], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    with ThreadPoolExecutor(4) as several:
        assert set(several.map(run, range(RUNS))) == {(0, "done\n")}
