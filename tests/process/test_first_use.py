"""What is made at the first use is made by one thread at a time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

CODE = """
import sys, threading
sys.setswitchinterval(1e-6)
from messaging_double.models.control.rules import NewRule
from messaging_double.models.control.values import convert
from messaging_double.server.validation import parse

ready = threading.Barrier(8)

def use():
    ready.wait()
    convert({"then": {"http": 503}, "when": {"to": "1"}}, NewRule, dec_hook=parse)

threads = [threading.Thread(target=use) for _ in range(8)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print("done")
"""
RUNS = 8
"""Without the lock each ends with a signal in seven of ten cases."""


def test_threads_that_use_a_struct_for_the_first_time_at_once_do_not_end_the_process():
    def run(_):
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    with ThreadPoolExecutor(4) as several:
        assert set(several.map(run, range(RUNS))) == {(0, "done\n")}
