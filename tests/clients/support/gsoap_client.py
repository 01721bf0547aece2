"""gSOAP's client, generated from the double's WSDL and compiled."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .client import TIME_ZONE, Answer, Carrier
from .process_client import ProcessClient, process_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

_SOURCE = Path(__file__).with_name("gsoap_client.cpp")
_HEADER = "stdsoap2.h"
_GENERATED = ("soapC.cpp", "soapBasicHttpBinding_USCOREMessagingProxy.cpp")
_SECONDS = 300


@dataclass(frozen=True)
class GsoapWay:
    """How a gSOAP client is run."""

    soap: str = "1.1"
    keep_alive: bool = True
    time_zone: bool = False


class GsoapClient:
    """A gSOAP client at one place."""

    def __init__(self, process: ProcessClient) -> None:
        self._process = process
        self.endpoint: str | None = None
        """The address that gSOAP took from the WSDL, after the first call."""
        self.connection: bool | None = None
        """Whether the connection was still there after the last call."""

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; a fault, or an answer that gSOAP cannot read, fails the test."""
        words = " ".join(_flat({"operation": operation, **parameters}))
        answer = self._process.ask(words)
        assert "fault" not in answer, answer
        self.endpoint = answer["endpoint"]
        self.connection = answer["connection"]
        exception = answer.get("exception")
        return Answer(
            answer["response"],
            answer.get("succeeded"),
            None if exception is None else exception.get("Message", ""),
            answer.get("timeZone"),
        )


@contextmanager
def gsoap_client(binary: Path, place: Place, way: GsoapWay, *, told_where: bool = True) -> Iterator[GsoapClient]:
    """Run the compiled client for a place; if it is not told where, it goes where the WSDL said."""
    command = [
        str(binary),
        place.url if told_where else "",
        place.namespace,
        way.soap,
        "yes" if way.keep_alive else "no",
        TIME_ZONE["SoTimeZoneLocationCode"] if way.time_zone else "",
    ]
    with process_client(command) as process:
        yield GsoapClient(process)


def missing() -> str | None:
    """Say what a machine lacks to build it."""
    absent = [tool for tool in ("wsdl2h", "soapcpp2", "g++") if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)} not installed (Debian: gsoap, g++)"
    probe = f"#include <{_HEADER}>\n"
    found = subprocess.run(["g++", "-E", "-x", "c++", "-"], input=probe, capture_output=True, text=True, check=False)
    return None if found.returncode == 0 else f"{_HEADER} is not installed (Debian: libgsoap-dev)"


def build(wsdl: str, folder: Path) -> Path:
    """Generate and compile the client; wsdl2h reads the WSDL over HTTP."""
    _run(["wsdl2h", "-o", "messaging.h", wsdl], folder)
    _run(["soapcpp2", "-C", "-L", "-x", "-j", "-c++11", "messaging.h"], folder)
    compilers = [
        subprocess.Popen(
            ["g++", "-O0", "-std=c++11", "-I.", "-c", source],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for source in (*_GENERATED, str(_SOURCE))
    ]
    said = [compiler.communicate(timeout=_SECONDS)[0] for compiler in compilers]
    assert all(compiler.returncode == 0 for compiler in compilers), "\n".join(said)
    objects = [Path(source).with_suffix(".o").name for source in (*_GENERATED, str(_SOURCE))]
    _run(["g++", "-o", "client", *objects, "-lgsoap++"], folder)
    return folder / "client"


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"


def _flat(value: Any, path: str = "") -> Iterator[str]:
    """Write parameters as ``path=hex``; a list has its length at its own path, what is nil is not there."""
    if isinstance(value, dict):
        if path:
            yield f"{path}="
        for name, each in value.items():
            yield from _flat(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        yield f"{path}={str(len(value)).encode().hex()}"
        for position, each in enumerate(value):
            yield from _flat(each, f"{path}.{position}")
    elif value is not None:
        yield f"{path}={str(value).encode().hex()}"
