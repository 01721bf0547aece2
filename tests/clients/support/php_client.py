"""PHP's own SoapClient."""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .client import APPLICATION_TOKEN, TICKET, Answer, Carrier
from .process_client import ProcessClient, process_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .place import Place

_SCRIPT = Path(__file__).with_name("soap_client.php")
_PHP = ["php", "-d", "display_errors=stderr", "-d", "html_errors=0"]


@dataclass(frozen=True)
class PhpWay:
    """How a SoapClient is configured."""

    soap: str = "1.1"
    wsdl: bool = True
    keep_alive: bool = True


class PhpClient:
    """A SoapClient at one place."""

    def __init__(self, process: ProcessClient) -> None:
        self._process = process

    def __call__(self, operation: str, parameters: Carrier) -> Answer:
        """Call one operation; a fault fails the test."""
        answer = self.ask(operation, parameters)
        assert "fault" not in answer, answer
        result = answer["result"]
        headers = answer["headers"]
        exception = headers["ExceptionInfo"]
        succeeded = headers["Succeeded"]
        return Answer(
            _plain(_response(result)),
            {"true": True, "false": False}.get(succeeded, succeeded),
            None if exception is None else exception["Message"],
            _plain(headers["TimeZone"]),
        )

    def ask(self, operation: str, parameters: Carrier) -> Any:
        """Call one operation; return what PHP has of the answer, or the fault."""
        return self._process.ask(json.dumps({"operation": operation, "parameters": parameters}))


@contextmanager
def php_client(place: Place, way: PhpWay, headers: Carrier | None = None) -> Iterator[PhpClient]:
    """Run a SoapClient for a place: from its WSDL, or told the location and the namespace."""
    how = {
        "wsdl": f"{place.url}?wsdl" if way.wsdl else None,
        "location": place.url,
        "namespace": place.namespace,
        "agent": place.agent,
        "soap": way.soap,
        "keep_alive": way.keep_alive,
        "headers": {"ApplicationToken": APPLICATION_TOKEN, "Credentials": {"Ticket": TICKET}, **(headers or {})},
    }
    with process_client([*_PHP, str(_SCRIPT), json.dumps(how)]) as process:
        yield PhpClient(process)


def missing() -> str | None:
    """Say what a machine lacks for it."""
    if shutil.which("php") is None:
        return "php is not installed"
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=True).stdout.split()
    return None if "soap" in modules else "php has no soap extension (Debian: php-soap)"


def _response(result: Any) -> Any:
    """With a WSDL PHP gives the wrapper, without one its only child."""
    return result["Response"] if isinstance(result, dict) and "Response" in result else result


def _plain(value: Any) -> Any:
    """Take PHP's wrapping off, and give numbers their type where no WSDL told it to PHP."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    members = {name: _typed(name, _plain(each)) for name, each in value.items() if each is not None}
    for item in ("MessageDeliveryStatus", "ProviderInfo", "string"):
        if item in members:
            items = members[item]
            return items if isinstance(items, list) else [items]
    return members or None


def _typed(name: str, value: Any) -> Any:
    if name in ("Status", "MessagingId", "SoTimeZoneId"):
        return int(value)
    return {"true": True, "false": False}.get(value, value) if name == "SupportsConfig" else value
