"""A double whose standard error is not read goes on answering."""

import re
import subprocess
import threading

import pytest
from support.processes import COMMAND, PATIENCE, environment
from support.sockets import Client

MORE_THAN_A_PIPE_HOLDS = 1500
HELP_PAGE = "/Remote/Services88/Messaging.svc"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_double_whose_log_nobody_reads_goes_on_answering_and_says_what_it_left_out(form):
    command, pipe = [*COMMAND, "serve", "--port", "0", "--log-format", form], subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment()) as process:
        try:
            with Client(process.stdout.readline().partition("=")[2].strip()) as client:
                calls = MORE_THAN_A_PIPE_HOLDS
                for _ in range(calls):
                    assert client.ask("GET", HELP_PAGE).status == 200
                lines = []
                reader = threading.Thread(target=lambda: lines.extend(process.stderr))
                reader.start()
                while not any("left out" in line for line in lines):
                    assert client.ask("GET", HELP_PAGE).status == 200
                    calls += 1
        finally:
            process.terminate()
            process.wait(PATIENCE)
        reader.join()
    left_out = [
        int(found[1]) for line in lines if (found := re.search(r"(\d+) lines are left out here: standard", line))
    ]
    shown = sum("messaging_double.calls" in line for line in lines)
    assert sum(left_out) + shown in (calls, calls + 1), "the last line says that it stops"
    assert left_out[0] > 1
