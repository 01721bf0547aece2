"""What most doubles are never asked for is not loaded at their start."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

app = create_app(Settings())
body = app({{**{environ}, "REQUEST_METHOD": "GET", "PATH_INFO": "{path}"}}, lambda *_: None)
b"".join(body)
body.close()
app.close()
print(sorted({{each.partition(".")[0] for each in sys.modules}} & {{"joserfc", "cryptography"}}))
print(any(each.startswith("messaging_double.server.rest.") for each in sys.modules))
"""
ENVIRON = """{"QUERY_STRING": "", "SERVER_NAME": "a", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
    "wsgi.input": __import__("io").BytesIO()}"""


@pytest.mark.parametrize(
    ("path", "libraries", "rest"),
    [
        ("/Remote/Services88/Messaging.svc", [], False),
        ("/Cust1/api/v1", [], True),
        ("/login/.well-known/jwks", ["cryptography", "joserfc"], True),
    ],
)
def test_a_start_loads_neither_rest_nor_cryptography(path, libraries, rest):
    script = SCRIPT.format(environ=ENVIRON, path=path)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [str(libraries), str(rest)], done.stderr
