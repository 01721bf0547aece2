"""A double whose standard error nobody reads goes on answering."""

import http.client
import os
import subprocess
import sys
import threading

import pytest

MORE_THAN_A_PIPE_HOLDS = 1500


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_double_whose_log_nobody_reads_goes_on_answering_and_says_what_it_left_out(form):
    command = [sys.executable, "-m", "messaging_double.server", "serve", "--port", "0", "--log-format", form]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MESSAGING_DOUBLE_")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            client = http.client.HTTPConnection(process.stdout.readline().partition("//")[2].strip(), timeout=10)
            for _ in range(MORE_THAN_A_PIPE_HOLDS):
                assert _call(client) == 200
            lines = []
            reader = threading.Thread(target=lambda: lines.extend(process.stderr))
            reader.start()
            while not any("left out" in line for line in lines):
                assert _call(client) == 200
        finally:
            process.terminate()
            process.wait(timeout=10)
        reader.join()
        client.close()
    assert sum("lines are left out here: nobody read standard error" in line for line in lines) == 1


def _call(client):
    client.request("GET", "/Remote/Services88/Messaging.svc")
    answer = client.getresponse()
    answer.read()
    return answer.status
