"""Client libraries of others: zeep, PHP's SoapClient, and gSOAP, each called by the names of the contract."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
import zeep.helpers
from zeep import xsd
from zeep.transports import Transport
from zeep.wsdl.bindings.soap import Soap12Binding

from support.envelopes import ARRAYS

from .place import APPLICATION_TOKEN, TICKET, Answer, Carrier, Place

_FOLDER = Path(__file__).parents[1]
_SECONDS = 30
_ITEMS = ("MessageDeliveryStatus", "ProviderInfo", "string")
_HEADERS: Carrier = {"ApplicationToken": APPLICATION_TOKEN, "Credentials": {"Ticket": TICKET}}
_BOOLEANS = {"true": True, "false": False}


def require(missing: str | None) -> None:
    """Skip a test whose client this machine lacks; with TEST_ALL_CLIENTS=1 that is a failure."""
    if missing is not None:
        (pytest.fail if os.environ.get("TEST_ALL_CLIENTS") == "1" else pytest.skip)(missing)


def _exception(info: Carrier | None) -> str | None:
    return None if info is None else info.get("Message", "")


# zeep


class ZeepClient:
    """A zeep client made from the WSDL, its headers given by ``_soapheaders``."""

    def __init__(self, place: Place, session: requests.Session, plugins: list[Any]) -> None:
        transport = Transport(session=session, timeout=_SECONDS, operation_timeout=_SECONDS)
        self.zeep = zeep.Client(f"{place.url}?wsdl", transport=transport, plugins=plugins)
        self.headers: Carrier = _HEADERS
        self._type = self.zeep.type_factory(place.namespace)
        self._arrays = self.zeep.type_factory(ARRAYS)

    @property
    def address(self) -> str:
        """Where the WSDL sends the client."""
        address: str = self.zeep.service._binding_options["address"]  # noqa: SLF001 (zeep has no other way)
        return address

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; zeep raises on a fault."""
        given = {name: self._given(name, value) for name, value in parameters.items()}
        answer = self.zeep.service[operation](**given, _soapheaders=self.headers)
        headers = _plain_of_zeep(zeep.helpers.serialize_object(answer.header, dict))
        body = _plain_of_zeep(zeep.helpers.serialize_object(answer.body, dict)) or {}
        exception = _exception(headers.get("ExceptionInfo"))
        return Answer(body.get("Response"), headers.get("Succeeded"), exception, headers.get("TimeZone"))

    def speak_soap_1_2(self) -> None:
        """Let zeep's own SOAP 1.2 binding take the place of the one in the WSDL, which has SOAP 1.1 only."""
        binding = self.zeep.service._binding  # noqa: SLF001
        binding.__class__ = Soap12Binding
        for operation in binding._operations.values():  # noqa: SLF001
            for part in (operation, operation.input, operation.output):
                part.nsmap = Soap12Binding.nsmap

    def _given(self, name: str, value: Any) -> Any:
        """Put lists into the types that the WSDL has for them."""
        if name == "OutgoingMessages":
            return self._type.ArrayOfOutgoingMessage([xsd.Nil if each is None else each for each in value])
        if name == "MessagingIds":
            return self._arrays.ArrayOfint(value)
        return self._type.StringDictionary(value) if name == "Config" else value


@contextmanager
def zeep_client(place: Place, *plugins: Any, soap: str = "1.1", time_zone: Carrier | None = None) -> Iterator[Any]:
    """Make a client from the WSDL of a place."""
    with requests.Session() as session:
        session.trust_env = False
        client = ZeepClient(place, session, list(plugins))
        if soap == "1.2":
            client.speak_soap_1_2()
        if time_zone is not None:
            client.headers = {**_HEADERS, "TimeZone": time_zone}
        yield client


def _plain_of_zeep(value: Any) -> Any:
    """Take zeep's wrapping off: ``{"MessageDeliveryStatus": [...]}`` becomes the list, what is nil falls away.

    zeep has nil carriers as carriers of nothing but ``None``, and nil lists as empty ones.
    """
    if isinstance(value, list):
        return [_plain_of_zeep(each) for each in value] or None
    if not isinstance(value, dict):
        return value
    plain = {name: _plain_of_zeep(each) for name, each in value.items()}
    members = {name: each for name, each in plain.items() if each is not None}
    items = [members[item] for item in _ITEMS if isinstance(members.get(item), list)]
    return items[0] if items else members or None


# Clients in other languages: a process that reads a call a line, and writes what it got, a line of JSON each


class _ProcessClient:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(question + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line.startswith("{"), f"the client said {line!r} and {self._process.stdout.read()!r}"
        return json.loads(line)


@contextmanager
def _process(command: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Run a client until the end of the block; it has to end well."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, encoding="utf-8") as process:
        try:
            yield process
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(_SECONDS) == 0
        finally:
            process.kill()


class PhpClient(_ProcessClient):
    """A SoapClient at one place."""

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; a fault fails the test."""
        answer = self.call(operation, parameters)
        assert "fault" not in answer, answer
        result, headers = answer["result"], answer["headers"]
        if isinstance(result, dict) and "Response" in result:  # with a WSDL PHP gives the wrapper
            result = result["Response"]
        succeeded = _BOOLEANS.get(headers["Succeeded"], headers["Succeeded"])
        exception, time_zone = headers["ExceptionInfo"], _plain_of_php(headers["TimeZone"])
        return Answer(_plain_of_php(result), succeeded, _exception(exception), time_zone)

    def call(self, operation: str, parameters: Carrier) -> Any:
        """Call one operation; return what PHP has of the answer, or the fault."""
        return self.ask(json.dumps({"operation": operation, "parameters": parameters}))


@contextmanager
def php_client(
    place: Place,
    *,
    soap: str = "1.1",
    wsdl: bool = True,
    keep_alive: bool = True,
    time_zone: Carrier | None = None,
    ticket: str | None = TICKET,
) -> Iterator[PhpClient]:
    """Run a SoapClient for a place: from its WSDL, or told the location and the namespace."""
    headers = {**_HEADERS, "Credentials": {"Ticket": ticket}, **({"TimeZone": time_zone} if time_zone else {})}
    how = {
        "wsdl": f"{place.url}?wsdl" if wsdl else None,
        "location": place.url,
        "namespace": place.namespace,
        "agent": place.agent,
        "soap": soap,
        "keep_alive": keep_alive,
        "headers": headers,
    }
    php = ["php", "-d", "display_errors=stderr", "-d", "html_errors=0"]
    with _process([*php, str(_FOLDER / "soap_client.php"), json.dumps(how)]) as process:
        yield PhpClient(process)


@cache
def missing_for_php() -> str | None:
    """Say what a machine lacks for it."""
    if shutil.which("php") is None:
        return "php is not installed"
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()
    return None if "soap" in modules else "php has no soap extension (Debian: php-soap)"


def _plain_of_php(value: Any) -> Any:
    """Take PHP's wrapping off, and give numbers their type where no WSDL told it to PHP."""
    if isinstance(value, list):
        return [_plain_of_php(each) for each in value]
    if not isinstance(value, dict):
        return value
    members = {name: _typed(name, _plain_of_php(each)) for name, each in value.items() if each is not None}
    items = [members[item] for item in _ITEMS if item in members]
    return (items[0] if isinstance(items[0], list) else items) if items else members or None


def _typed(name: str, value: Any) -> Any:
    if name in ("Status", "MessagingId", "SoTimeZoneId"):
        return int(value)
    return _BOOLEANS.get(value, value) if name == "SupportsConfig" else value


class GsoapClient(_ProcessClient):
    """A gSOAP client at one place."""

    endpoint: str | None = None
    """The address that gSOAP took from the WSDL, after the first call."""
    connection: bool | None = None
    """Whether the connection was still there after the last call."""

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; a fault, or an answer that gSOAP cannot read, fails the test."""
        answer = self.ask(" ".join(_flat({"operation": operation, **parameters})))
        assert "fault" not in answer, answer
        self.endpoint, self.connection = answer["endpoint"], answer["connection"]
        exception = _exception(answer.get("exception"))
        return Answer(answer["response"], answer.get("succeeded"), exception, answer.get("timeZone"))


@contextmanager
def gsoap_client(
    binary: Path,
    place: Place,
    *,
    soap: str = "1.1",
    keep_alive: bool = True,
    time_zone: Carrier | None = None,
    told_where: bool = True,
) -> Iterator[GsoapClient]:
    """Run the compiled client for a place; if it is not told where, it goes where the WSDL said."""
    where = place.url if told_where else ""
    zone = time_zone["SoTimeZoneLocationCode"] if time_zone else ""
    command = [str(binary), where, place.namespace, soap, "yes" if keep_alive else "no", zone]
    with _process(command) as process:
        yield GsoapClient(process)


def missing_for_gsoap() -> str | None:
    """Say what a machine lacks to build it."""
    absent = [tool for tool in ("wsdl2h", "soapcpp2", "g++") if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)} not installed (Debian: gsoap, g++)"
    command = ["g++", "-E", "-x", "c++", "-"]
    found = subprocess.run(command, input="#include <stdsoap2.h>\n", capture_output=True, text=True, check=False)
    return None if found.returncode == 0 else "stdsoap2.h is not installed (Debian: libgsoap-dev)"


def build_gsoap(wsdl: str, folder: Path) -> Path:
    """Generate and compile the client; wsdl2h reads the WSDL over HTTP."""
    sources = ("soapC.cpp", "soapBasicHttpBinding_USCOREMessagingProxy.cpp", str(_FOLDER / "gsoap_client.cpp"))
    run = {"cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    for command in (
        ["wsdl2h", "-o", "messaging.h", wsdl],
        ["soapcpp2", "-C", "-L", "-x", "-j", "-c++11", "messaging.h"],
    ):
        done = subprocess.run(command, **run, timeout=_SECONDS, check=False)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stdout
    compile_one = ["g++", "-O0", "-std=c++11", "-I.", "-c"]
    compilers = [subprocess.Popen([*compile_one, source], **run) for source in sources]  # type: ignore[call-overload]
    said = [compiler.communicate(timeout=300)[0] for compiler in compilers]
    assert all(compiler.returncode == 0 for compiler in compilers), "\n".join(said)
    objects = [Path(source).with_suffix(".o").name for source in sources]
    subprocess.run(["g++", "-o", "client", *objects, "-lgsoap++"], cwd=folder, check=True)
    return folder / "client"


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
