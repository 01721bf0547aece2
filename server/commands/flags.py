"""The flags that several commands have, and how their values are read."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any

from messaging_double.models.durations import EXPECTED, duration
from messaging_double.server.health import is_url, url_of
from messaging_double.server.remote import Remote
from messaging_double.server.settings import Settings, SettingsError
from messaging_double.server.settings.kinds import token, whole_number
from messaging_double.server.settings.sources import URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.server.settings.row import Kind

_TENANT = "default"  # of URLs without one
_URL = "http://127.0.0.1:8080"
_LARGEST_ID = 2**63 - 1
_TOKEN = "MESSAGING_DOUBLE_CONTROL_TOKEN"  # noqa: S105 (its name)


def add_tenant(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which double is meant, and which of its tenants."""
    add_double(parser)
    parser.add_argument(
        "--tenant", metavar="NAME", default=_TENANT, help="the CustNNNNN of the SOAP URL; default: default"
    )


def add_double(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which double is meant."""
    secret = f"the control-token of the double; default: that of the settings, with a URL that of {_TOKEN}"
    insecure = (
        "take any certificate, as is done anyway on this machine (localhost, 127.0.0.1, ::1); others are verified by "
        "the system's CAs, or by those in the file that the variable SSL_CERT_FILE names"
    )
    add_where(parser)
    parser.add_argument("--token", type=typed(token(example="a-long-random-text")), help=secret)
    parser.add_argument("--insecure", action="store_true", help=insecure)
    parser.set_defaults(tenant=_TENANT)


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where a double is."""
    about = (
        f"where the double is, such as {_URL}; default: {URL_VARIABLE}, else where serve with the same environment and "
        "configuration file listens"
    )
    parser.add_argument("--config", metavar="FILE", help="configuration file (TOML); or MESSAGING_DOUBLE_CONFIG")
    parser.add_argument("--url", type=_url, help=about)


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help="the control API's JSON instead")


def add_messaging_id(parser: argparse.ArgumentParser) -> None:
    """Add which message of the outbox is meant."""
    number = typed(whole_number(1, _LARGEST_ID, example="1"))
    parser.add_argument("messaging_id", metavar="MESSAGING_ID", type=number, help="of a message of the outbox")


def where(arguments: argparse.Namespace) -> str | None:
    """Return the URL that the flag says, else the variable; ``None``: the settings do.  Raises ``SettingsError``."""
    url: str | None = arguments.url or os.environ.get(URL_VARIABLE) or None
    if url is not None and not is_url(url):
        problem = f"The environment variable {URL_VARIABLE} is {url!r}, which is no URL of a double; for example {_URL}"
        raise SettingsError(problem)
    return url


def remote_of(arguments: argparse.Namespace) -> Remote:
    """Return the double that the flags, the variable or else the settings mean.

    Raises ``SettingsError``, ``NotReadyError`` where the settings do not say which port was free.
    """
    url = where(arguments)
    settings = Settings() if url else Settings.from_sources({}, os.environ, arguments.config)
    return Remote(
        url or url_of(settings),
        arguments.tenant,
        token=arguments.token or settings.control_token or os.environ.get(_TOKEN) or None,
        accepts_any_certificate=arguments.insecure,
    )


def typed(kind: Kind[Any]) -> Callable[[str], Any]:
    """Make a type for argparse of a kind of setting."""

    def read(text: str) -> object:
        try:
            return kind.read(text)
        except ValueError:
            came = "something else" if kind.secret else repr(text)
            problem = f"{came} came, but {kind.expected} was expected; for example {kind.example}"
            raise argparse.ArgumentTypeError(problem) from None

    return read


def length(text: str) -> str:
    """Check a length of time, which the double reads itself."""
    try:
        duration(text)
    except ValueError:
        problem = f"{text!r} came, but {EXPECTED} was expected; for example 5s"
        raise argparse.ArgumentTypeError(problem) from None
    return text


def seconds_of(text: str | None) -> float:
    """Return the seconds of a ``length``, 0 if there is none."""
    return 0.0 if text is None else duration(text).total_seconds()


def _url(text: str) -> str:
    if not is_url(text):
        problem = f"{text!r} is no URL of a double; for example {_URL}"
        raise argparse.ArgumentTypeError(problem)
    return text
