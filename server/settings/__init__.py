"""Every setting of the double, in one table.

The fields of ``Settings`` are the table: from each one come the flag of ``serve``, the variable of the environment, the
key of the configuration file and the row in ``docs/settings.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta  # noqa: TC003 (dataclasses are read at run time)
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from messaging_double.models.profiles import DEFAULT, STATUSES, Profile
from messaging_double.models.records import MOST_MESSAGES, Application, Plugin, User
from messaging_double.models.rules import RuleSource  # noqa: TC001 (dataclasses are read at run time)

from . import kinds, sources
from .conflicts import SettingsConflictError, refuse_conflicts
from .row import Setting, SettingsError, setting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["SECTIONS", "Settings", "SettingsError", "table"]

SECTIONS = {
    "running": "Addresses, files and the log.",
    "limits": "Limits on what one client can send or hold.",
    "wire": "How strictly the double behaves like the real service.",
    "authentication": "Which calls are admitted, and who can log in.",
    "control": "Access to the control API, and the size of the journal.",
    "quotas": "How much a double keeps, and for how long. What goes beyond is refused, with what to do.",
    "simulation": "Behaviour of the real service that is not documented: these defaults are ours, not the vendor's.",
}
"""The sections of the table, in the order in which they are shown."""
_BEGINNINGS = {
    "host": "running",
    "max_body_bytes": "limits",
    "strict": "wire",
    "auth": "authentication",
    "control_token": "control",
    "journal_bytes_total": "quotas",
    "empty_plugin": "simulation",
}
"""The first setting of each section; those that follow are of the same."""

_INT = 2**31 - 1  # the most that the contract's xs:int holds
_STATUSES = ", ".join(f"{name} {number}" for name, number in STATUSES.items())
_VENDOR_NAMES = (
    "CM",
    "Compaya SMS (cpsms.dk)",
    "Intelecom SMS",
    "Link Mobility SMS",
    "PSWinCom SMS",
    "SMS Teknik",
    "TXTLocal",
    "Twilio SMS",
)
_VENDOR_PLUGINS = tuple(map(Plugin, _VENDOR_NAMES))


@dataclass(frozen=True)
class Settings:
    """The configuration of a double: construct it with typed values, or by ``from_sources`` with a user's texts."""

    host: str = setting(
        kinds.host(), "Address to listen on; 0.0.0.0 for all of IPv4, :: for IPv6.", default="127.0.0.1"
    )
    port: int = setting(
        kinds.whole_number(0, 65535, example="8080"), "Port to listen on; 0 takes any free one.", default=8080
    )
    port_file: Path | None = setting(  # noqa: RUF009 - what it declares is frozen, here and below
        kinds.path(example="port.txt"),
        "File to which the double writes its port as soon as it listens; removed at the end.",
        default=None,
    )
    database: str | None = setting(
        kinds.location(example="messages.sqlite"),
        "SQLite file, or postgresql+psycopg://user@host/name, that stores the messages; "
        "without one, a temporary file that is removed at the end.",
        default=None,
    )
    database_connections: int = setting(
        kinds.whole_number(1, 1_000, example="16"),
        "Most connections of this process to a PostgreSQL database; who finds none free waits, and then gets 503.",
        default=16,
    )
    workers: int = setting(
        kinds.whole_number(1, 64, example="1"),
        "Processes that serve; several need a database that they share, and one CPU core each to be faster than one.",
        default=1,
    )
    tls: Literal["off", "adhoc"] = setting(
        kinds.choice("off", "adhoc"),
        "adhoc serves HTTPS with a throw-away certificate; needs messaging-double[tls].",
        default="off",
    )
    tls_cert: Path | None = setting(  # noqa: RUF009
        kinds.path(example="server.pem"), "Certificate chain (PEM) to serve HTTPS with; needs tls-key.", default=None
    )
    tls_key: Path | None = setting(  # noqa: RUF009
        kinds.path(example="server.key"), "Key (PEM) that belongs to tls-cert.", default=None
    )
    tls_ca_file: Path | None = setting(  # noqa: RUF009
        kinds.path(example="ca.pem"), "Where tls adhoc writes the CA certificate for clients to trust.", default=None
    )
    tls_names: tuple[str, ...] = setting(
        kinds.host_names(example="sod.superoffice.com,online.superoffice.com"),
        "Further names that the certificate of tls adhoc is for: those of clients whose host cannot be changed.",
        default=(),
    )
    log_format: Literal["text", "json"] = setting(
        kinds.choice("text", "json"), "Form of the log on standard error.", default="text"
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        kinds.choice("debug", "info", "warning", "error"),
        "Lowest level that is logged; info has a line for each answered call, warning for each refused one, "
        "debug says why a call was answered so.",
        default="info",
    )
    trust_proxy: bool = setting(
        kinds.switch(),
        "Trust the X-Forwarded headers of one proxy: -Proto, -Host, -Port and -Prefix for the address in the WSDL, "
        "-For for the client's address in the journal.",
        default=False,
    )
    shutdown_seconds: float = setting(
        kinds.seconds(zero=True, example="0.8"),
        "How long calls in progress may still take after a stop was requested.",
        default=0.5,
    )
    drain_seconds: float = setting(
        kinds.seconds(zero=True, example="10"),
        "How long calls are still accepted after a stop was requested, while /readyz is 503: the time that a load "
        "balancer needs to notice.",
        default=0.0,
    )

    max_body_bytes: int = setting(kinds.size(example="8MiB"), "Longest body of a request.", default=8 * 1024**2)
    max_header_bytes: int = setting(
        kinds.size(example="64KiB"), "Longest request line and headers together.", default=64 * 1024
    )
    max_header_fields: int = setting(
        kinds.whole_number(1, 100_000, example="100"), "Most header fields of a request.", default=100
    )
    max_connections: int = setting(
        kinds.whole_number(1, 1_000_000, example="4096"),
        "Most connections open at the same time; a further one is answered 503.",
        default=4096,
    )
    header_seconds: float = setting(
        kinds.seconds(example="10"), "Longest wait for the headers of a request.", default=10.0
    )
    body_seconds: float = setting(kinds.seconds(example="30"), "Longest wait for the body of a request.", default=30.0)
    keep_alive_seconds: float = setting(
        kinds.seconds(example="75"), "How long an idle connection is kept for its next request.", default=75.0
    )
    write_seconds: float = setting(
        kinds.seconds(example="30"), "Longest wait for a client that does not read its answer.", default=30.0
    )

    strict: bool = setting(
        kinds.switch(),
        "Refuse what the real service (WCF) would refuse; without it every known client and the documentation's "
        "examples work, and the journal notes what was tolerated.",
        default=False,
    )
    help_page: bool = setting(
        kinds.switch(example="false"), "Answer a GET of the .svc with a help page; without it with 405.", default=True
    )

    rest_errors: Literal["400", "200", "null"] = setting(
        kinds.choice("400", "200", "null"),
        "How the REST API answers an exception of an agent, for which there are three accounts: with status 400 and an "
        "error object, with 200 and that object, or with 200 and null.",
        default="400",
    )

    auth: Literal["none", "onsite", "online"] = setting(
        kinds.choice("none", "onsite", "online"),
        "none admits any call; onsite requires a valid ticket; online also requires a known ApplicationToken, a ticket "
        "of the same tenant, and an application that was granted the agent.",
        default="none",
    )
    ticket_seconds: float = setting(
        kinds.seconds(example="21600"), "How long a ticket is valid after its last use.", default=21600.0
    )
    implicit_user: str = setting(
        kinds.text(example="SYSTEM"), "User that AuthenticateImplicit logs in; empty: it fails.", default="implicit"
    )
    company: str = setting(
        kinds.text(example="Example AS"), "CompanyName in the response of GetSystemInfo.", default="Example AS"
    )
    signing_key: Path | None = setting(  # noqa: RUF009
        kinds.path(example="signing.pem"),
        "RSA key (PEM), and perhaps its certificate, that tokens of system users are signed with; without one a key is "
        "made at the first use. Several processes need one. Needs messaging-double[online].",
        default=None,
    )
    signature_seconds: float = setting(
        kinds.seconds(example="300"),
        "How far the time in a signed system user token may be from this machine's; it is looked at where an "
        "application has a public-key.",
        default=300.0,
    )
    users: tuple[User, ...] = setting(
        kinds.USERS,
        "Users that can log in; without any: every user name and password, except those reserved for failures.",
        default=(),
    )
    applications: tuple[Application, ...] = setting(
        kinds.APPLICATIONS,
        "Known applications and their agents; without any: every token, except those reserved for failures.",
        default=(),
    )

    control_token: str | None = setting(
        kinds.token(example="a-long-random-text"),
        "Bearer token that requests under /_mock/ must carry; without it none is needed.",
        default=None,
        repr=False,
    )
    tenant_tokens: tuple[tuple[str, str], ...] = setting(
        kinds.pairs("TENANT", kinds.token(example="a-long-random-text"), example="Cust12345=a-long-random-text"),
        "Further bearer tokens, each of which opens one tenant's part of the control API; control-token opens all.",
        default=(),
        repr=False,
    )
    cors_origins: tuple[str, ...] = setting(
        kinds.origins(example="https://qa.example.com,http://localhost:5173"),
        "Origins of web pages elsewhere that may use the control API from a browser (CORS).",
        default=(),
    )
    allowed_hosts: tuple[str, ...] = setting(
        kinds.host_names(example="qa.example.com,.ci.example.com"),
        "Further host names of the control API, besides addresses, names without a dot and those of private networks; "
        ".example.com or *.example.com for a domain and all below it, * for any.",
        default=(),
    )
    journal_entries: int = setting(
        kinds.whole_number(0, 100_000_000, example="5000"),
        "Maximum number of entries in the journal of a tenant; 0: no journal.",
        default=5000,
    )
    journal_bytes: int = setting(
        kinds.size(minimum=64 * 1024, example="32MiB"),
        "Maximum size of the journal of a tenant; the oldest entries are dropped first.",
        default=32 * 1024**2,
    )

    journal_bytes_total: int = setting(
        kinds.size(minimum=64 * 1024, example="1GiB"),
        "Maximum size of the journals of all tenants together; those of the tenants not used for longest are emptied "
        "first.",
        default=1024**3,
    )
    max_tenants: int = setting(kinds.whole_number(1, 1_000_000, example="10000"), "Most tenants.", default=10_000)
    max_messages: int = setting(
        kinds.whole_number(1, 100_000_000, example="1000000"),
        "Most messages of a tenant's outbox, of its inbox, and of its status reports that match no message. A short "
        "message takes some 600 bytes in the database.",
        default=10_000_000,
    )
    max_snapshots: int = setting(
        kinds.whole_number(0, 10_000, example="100"), "Most snapshots of a tenant.", default=100
    )
    max_rules: int = setting(
        kinds.whole_number(0, 10_000, example="1000"),
        "Most rules of a tenant, those of the configuration file included.",
        default=1_000,
    )
    max_tickets: int = setting(
        kinds.whole_number(1, 100_000_000, example="100000"), "Most tickets of a tenant.", default=100_000
    )
    max_fixture_messages: int = setting(
        kinds.whole_number(0, MOST_MESSAGES, example="65536"),
        "Most messages of the outbox, and of the inbox, that one request may load.",
        default=MOST_MESSAGES,
    )
    forget_tenants_after: timedelta | None = setting(  # noqa: RUF009
        kinds.length(example="7d"),
        "Delete tenants, with their snapshots, that were not used for so long: neither called, nor named in a URL of "
        "the control API.",
        default=None,
    )

    empty_plugin: Literal["first", "error"] = setting(
        kinds.choice("first", "error"),
        "Messages sent without a plugin: sent by the first one of the catalogue, or an error.",
        default="first",
    )
    unknown_plugin: Literal["accept", "error"] = setting(
        kinds.choice("accept", "error"),
        "Messages sent by a plugin that is not in the catalogue: accepted, or an error.",
        default="accept",
    )
    unknown_messaging_id: Literal["row", "omit", "error"] = setting(
        kinds.choice("row", "omit", "error"),
        "GetDeliveryStatus of an id that no message has: a row with the status unknown, no row, or an error.",
        default="row",
    )
    unknown_external_message_id: Literal["accept", "error"] = setting(
        kinds.choice("accept", "error"),
        "SetDeliveryStatus of a plugin and an id that no message has: stored as an unmatched report, or an error.",
        default="accept",
    )
    long_strings: Literal["keep", "truncate", "error"] = setting(
        kinds.choice("keep", "truncate", "error"),
        "Plugin, StatusDescription, SessionKey, SuggestedSessionKey, and Format in CreateMessage, over 255 characters, "
        "the length of their real columns: kept, truncated, or an error. To, From, Content and Format of sent messages "
        "are always kept: their real columns are not known.",
        default="keep",
    )
    first_messaging_id: int = setting(
        kinds.whole_number(1, _INT, example="1000"), "Id of a tenant's first message; the ids ascend.", default=1
    )
    statuses: tuple[tuple[str, int], ...] = setting(
        kinds.pairs(
            "STATUS",
            kinds.whole_number(-_INT - 1, _INT, example="7"),
            example="delivered=7,failed=9",
            check=kinds.status_name,
        ),
        f"Numbers of the statuses, if they differ from {_STATUSES}; 0 and 1 are the vendor's.",
        default=(),
    )
    profile: str = setting(kinds.text(empty=False, example="slow"), "Delivery profile of messages.", default=DEFAULT)
    plugin_profiles: tuple[tuple[str, str], ...] = setting(
        kinds.pairs("PLUGIN", kinds.text("the name of a profile", example="slow"), example="CM=slow,Twilio SMS=fails"),
        "Delivery profiles of the messages of single plugins.",
        default=(),
    )
    profiles: tuple[Profile, ...] = setting(
        kinds.PROFILES, "Delivery profiles of your own, besides the built-in ones.", default=()
    )
    final_statuses: Literal["open", "closed"] = setting(
        kinds.choice("open", "closed"),
        "SetDeliveryStatus of a message that is delivered, failed, expired or not sent: changes it, or an error.",
        default="open",
    )
    magic_recipients: bool = setting(
        kinds.switch(example="false"),
        "Let certain recipients decide the delivery of a message or inject a fault.",
        default=True,
    )
    magic: tuple[tuple[str, str], ...] = setting(
        kinds.pairs(
            "NUMBER",
            kinds.text("the name of a profile or a fault", example="fails"),
            example="+447700900099=fails",
            check=kinds.telephone_number,
        ),
        "Further magic recipients, or other outcomes of the built-in ones.",
        default=(),
    )
    clock: datetime | None = setting(  # noqa: RUF009
        kinds.moment(example="2026-01-01T08:00:00Z"),
        "Time at which every tenant's clock stands still until a test sets it; without one it is the machine's.",
        default=None,
    )
    rules: tuple[RuleSource, ...] = setting(kinds.RULES, "Rules that every tenant begins with.", default=())
    seed: str = setting(
        kinds.text(example="another-seed"),
        "Source of everything random: the same seed and the same calls give the same ids and keys.",
        default="messaging-double",
    )
    plugins: tuple[Plugin, ...] = setting(
        kinds.PLUGINS,
        "Catalogue of GetPlugins; the names of the default are the vendor's, and so is sms/text for CM, Compaya SMS "
        "(cpsms.dk) and SMS Teknik; everything else in it is ours.",
        default=_VENDOR_PLUGINS,
    )

    def __post_init__(self) -> None:
        """Check every value. Raise ``SettingsError``."""
        for row in table():
            row.check(getattr(self, row.name))
        refuse_conflicts(self)

    def gives_external_ids(self, plugin: str) -> bool:
        """Return whether messages of this plugin get an external id; those of a plugin outside the catalogue do."""
        return all(each.external_ids for each in self.plugins if each.name == plugin)

    @classmethod
    def from_sources(
        cls, flags: Mapping[str, str | bool], environ: Mapping[str, str], config: Path | str | None = None
    ) -> Settings:
        """Read the settings; a flag beats the environment, that beats the configuration file, that the default.

        ``flags`` has the names of the fields; ``config`` is the configuration file if a flag named one.
        """
        arrived = sources.read_all(table(), flags, environ, config)
        values: dict[str, Any] = {name: value for name, (value, _) in arrived.items()}
        try:
            return cls(**values)
        except SettingsConflictError as error:
            origins = [f"{name.replace('_', '-')} from {arrived[name][1]}" for name in error.names if name in arrived]
            raise SettingsError(f"{error} ({', '.join(origins)})") from None


@cache
def table() -> tuple[Setting[Any], ...]:
    """Return the rows of the table, in the order of the fields."""
    rows, section = [], ""
    for each in fields(Settings):
        section = _BEGINNINGS.get(each.name, section)
        rows.append(replace(each.metadata["setting"], name=each.name, section=section))
    return tuple(rows)
