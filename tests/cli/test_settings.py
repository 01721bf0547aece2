"""The table of settings: every source reaches every setting, and the strongest wins."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from messaging_double.models.records import Application, Plugin, User
from messaging_double.server.settings import SECTIONS, Settings, table

GIVEN: dict[str, tuple[str, object]] = {
    "host": ("::1", "::1"),
    "port": ("0", 0),
    "port_file": ("a folder/port.txt", Path("a folder/port.txt")),
    "database": ("x.sqlite", "x.sqlite"),
    "tls": ("adhoc", "adhoc"),
    "tls_cert": ("c.pem", Path("c.pem")),
    "tls_key": ("k.pem", Path("k.pem")),
    "tls_ca_file": ("ca.pem", Path("ca.pem")),
    "tls_names": ("a.example, *.b.example", ("a.example", "*.b.example")),
    "log_format": ("json", "json"),
    "log_level": ("error", "error"),
    "trust_proxy": ("true", True),
    "shutdown_seconds": ("0", 0.0),
    "drain_seconds": ("10", 10.0),
    "max_body_bytes": ("1MiB", 1048576),
    "max_header_bytes": ("64KiB", 65536),
    "max_header_fields": ("7", 7),
    "database_connections": ("4", 4),
    "max_connections": ("1", 1),
    "header_seconds": ("0.5", 0.5),
    "body_seconds": (".5", 0.5),
    "keep_alive_seconds": ("86400", 86400.0),
    "write_seconds": ("1", 1.0),
    "strict": ("yes", True),
    "help_page": ("off", False),
    "rest_errors": ("null", "null"),
    "signing_key": ("key.pem", Path("key.pem")),
    "signature_seconds": ("60", 60.0),
    "auth": ("online", "online"),
    "ticket_seconds": ("60", 60.0),
    "implicit_user": ("SYSTEM", "SYSTEM"),
    "company": ("Åsgård AS", "Åsgård AS"),
    "control_token": ("a-Z_0.9~+/==", "a-Z_0.9~+/=="),
    "allowed_hosts": (
        "QA.example.com, .a.example,*.b.example.,*",
        ("QA.example.com", ".a.example", "*.b.example.", "*"),
    ),
    "tenant_tokens": ("Cust1=a-Z==,cust2=b", (("Cust1", "a-Z=="), ("cust2", "b"))),
    "cors_origins": (
        "https://qa.example.com:8443, http://[::1]:5173",
        ("https://qa.example.com:8443", "http://[::1]:5173"),
    ),
    "journal_entries": ("0", 0),
    "journal_bytes": ("64KiB", 65536),
    "journal_bytes_total": ("1MiB", 1048576),
    "workers": ("1", 1),
    "max_tenants": ("1", 1),
    "max_messages": ("1", 1),
    "max_snapshots": ("0", 0),
    "max_rules": ("0", 0),
    "max_tickets": ("1", 1),
    "max_fixture_messages": ("0", 0),
    "forget_tenants_after": ("1.5h", timedelta(hours=1.5)),
    "empty_plugin": ("error", "error"),
    "unknown_plugin": ("error", "error"),
    "unknown_messaging_id": ("omit", "omit"),
    "unknown_external_message_id": ("error", "error"),
    "long_strings": ("truncate", "truncate"),
    "first_messaging_id": ("2147483647", 2147483647),
    "statuses": (" delivered = +7,unknown=-2147483648, ", (("delivered", 7), ("unknown", -2147483648))),
    "profile": ("slow", "slow"),
    "plugin_profiles": ("CM=slow,På vei \U0001f4f1=fails", (("CM", "slow"), ("På vei \U0001f4f1", "fails"))),
    "final_statuses": ("closed", "closed"),
    "magic_recipients": ("no", False),
    "magic": ("2077=http-503,+47 900 00 001=fails", (("2077", "http-503"), ("+47 900 00 001", "fails"))),
    "clock": ("2026-01-01T09:00:00+01:00", datetime(2026, 1, 1, 8, tzinfo=timezone.utc)),
    "seed": ("another", "another"),
}
FILE_ONLY = ("plugins", "profiles", "rules", "users", "applications")
COMPANIONS = {
    "tls_cert": {"tls_key": "k.pem"},
    "tls_key": {"tls_cert": "c.pem"},
    "tls_ca_file": {"tls": "adhoc"},
    "tls_names": {"tls": "adhoc"},
    "tenant_tokens": {"control_token": "secret"},
}
ROWS = {row.name: row for row in table()}
EACH = pytest.mark.parametrize(("name", "text", "value"), [(name, *pair) for name, pair in GIVEN.items()], ids=GIVEN)


def test_the_tables_of_these_tests_know_every_setting():
    assert {*GIVEN, *FILE_ONLY} == set(ROWS)
    assert {row.section for row in table()} == set(SECTIONS)


@EACH
def test_a_flag_sets_it(name, text, value):
    given = bool(value) if ROWS[name].is_switch else text
    settings = Settings.from_sources({name: given, **COMPANIONS.get(name, {})}, {})
    assert getattr(settings, name) == value


@EACH
def test_the_environment_sets_it(name, text, value):
    environ = {ROWS[each].variable: given for each, given in {name: text, **COMPANIONS.get(name, {})}.items()}
    assert getattr(Settings.from_sources({}, environ), name) == value


@EACH
def test_the_configuration_file_sets_it_as_text(name, text, value, config_file):
    lines = {name: text, **COMPANIONS.get(name, {})}
    config = config_file("\n".join(f"{ROWS[key].key} = {_toml(given)}" for key, given in lines.items()))
    assert getattr(Settings.from_sources({}, {}, config), name) == value


@EACH
def test_the_configuration_file_sets_it_as_what_it_is(name, text, value, config_file):
    typed = _typed(value) or _toml(text)
    companions = "".join(f"{ROWS[key].key} = {_toml(given)}\n" for key, given in COMPANIONS.get(name, {}).items())
    config = config_file(f"{companions}{ROWS[name].key} = {typed}")
    assert getattr(Settings.from_sources({}, {}, config), name) == value


def test_the_configuration_file_sets_the_plugins(config_file):
    config = config_file(
        "port = 0\n"
        '[[plugins]]\nname = "Mine"\nformats = ["sms/160", "smtp/rfc822"]\n'
        "supports-config = false\nexternal-ids = false\n"
        '[[plugins]]\nname = "Plain"\n'
    )
    assert Settings.from_sources({}, {}, config).plugins == (
        Plugin("Mine", ("sms/160", "smtp/rfc822"), supports_config=False, external_ids=False),
        Plugin("Plain", ("sms/text",), supports_config=True, external_ids=True),
    )


def test_the_configuration_file_sets_users_and_applications(config_file):
    config = config_file(
        '[[users]]\nname = "ole"\npassword = "x"\nassociate-id = 12\nfull-name = "Ole N"\nemail = "o@example.com"\n'
        'person-id = 1\ncontact-id = 2\ncountry-id = 752\ngroup-id = 3\nrole-id = 4\nrole-name = "R"\n'
        'function-rights = ["admin-all"]\n'
        '[[users]]\nname = "kari"\n'
        '[[applications]]\ntoken = "t"\nagents = []\n[[applications]]\ntoken = "u"\n'
    )
    settings = Settings.from_sources({}, {}, config)
    ole = User("ole", "x", 12, "Ole N", "o@example.com", 1, 2, 752, 3, 4, "R", ("admin-all",))
    assert settings.users == (ole, User("kari"))
    assert settings.applications == (Application("t", ()), Application("u", ("Messaging",)))


def test_nobody_who_prints_settings_prints_passwords_or_tokens():
    secret = {"users": (User("ole", "a-password"),), "applications": (Application("a-token"),)}
    settings = Settings(**secret, control_token=(bearer := "a-bearer"))
    assert "ole" in repr(settings)
    assert "a-password" not in repr(settings)
    assert "a-token" not in repr(settings)
    assert bearer not in repr(settings)


def test_what_may_hold_secrets_is_marked_in_the_table():
    assert {row.name for row in table() if row.kind.secret} == {
        "control_token",
        "tenant_tokens",
        "users",
        "applications",
    }


def test_an_empty_flag_takes_the_hosts_back_that_the_environment_names():
    environ = {"MESSAGING_DOUBLE_ALLOWED_HOSTS": "qa.example.com"}
    assert Settings.from_sources({"allowed_hosts": ""}, environ).allowed_hosts == ()


def test_without_any_source_it_is_the_default():
    assert Settings.from_sources({}, {}) == Settings()
    assert [plugin.name for plugin in Settings().plugins] == [
        "CM",
        "Compaya SMS (cpsms.dk)",
        "Intelecom SMS",
        "Link Mobility SMS",
        "PSWinCom SMS",
        "SMS Teknik",
        "TXTLocal",
        "Twilio SMS",
    ]


def test_a_flag_beats_the_environment_that_beats_the_file(config_file):
    config = config_file("port = 1\nmax-connections = 1\nseed = 'file'")
    environ = {"MESSAGING_DOUBLE_PORT": "2", "MESSAGING_DOUBLE_MAX_CONNECTIONS": "2"}
    settings = Settings.from_sources({"port": "3"}, environ, config)
    assert (settings.port, settings.max_connections, settings.seed) == (3, 2, "file")


def test_a_flag_says_no_to_what_the_environment_says_yes_to():
    assert Settings.from_sources({"strict": False}, {"MESSAGING_DOUBLE_STRICT": "true"}).strict is False


def test_the_environment_names_a_configuration_file_unless_a_flag_does(config_file, tmp_path):
    other = tmp_path / "other.toml"
    other.write_bytes(b"\xef\xbb\xbfport = 2")  # with the mark that Windows editors put first
    environ = {"MESSAGING_DOUBLE_CONFIG": str(other)}
    assert Settings.from_sources({}, environ).port == 2
    assert Settings.from_sources({}, environ, config_file("port = 1")).port == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MESSAGING_DOUBLE_PORT", ""),
        ("MESSAGING_DOUBLE_CONFIG", ""),
        ("MESSAGING_DOUBLE_PORT", "tcp://10.0.0.1:8080"),
        ("MESSAGING_DOUBLE_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
        ("MESSAGING_DOUBLE_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("MESSAGING_DOUBLE_SERVICE_HOST", "10.0.0.1"),
        ("MESSAGING_DOUBLE_SERVICE_PORT", "8080"),
        ("MESSAGING_DOUBLE_SERVICE_PORT_HTTP", "8080"),
        ("MESSAGING_DOUBLE_B_SERVICE_HOST", "10.0.0.1"),
        ("MESSAGING_DOUBLE_B_PORT", "tcp://10.0.0.2:8080"),
        ("MESSAGING_DOUBLE_NAME", "/job/messaging-double"),
        ("MESSAGING_DOUBLE_ENV_LANG", "C"),
        ("OTHER_PORT", "x"),
    ],
)
def test_what_compose_kubernetes_and_links_leave_in_the_environment_is_passed_over(variable, value):
    assert Settings.from_sources({}, {variable: value}) == Settings()


@pytest.mark.parametrize("name", GIVEN)
def test_the_example_in_a_refusal_is_right_from_every_source(name, config_file):
    row = ROWS[name]
    value = row.kind.read(row.kind.example)
    beside = "".join(f"{ROWS[key].key} = {_toml(given)}\n" for key, given in COMPANIONS.get(name, {}).items())
    assert getattr(Settings.from_sources({}, {}, config_file(beside + row.in_file())), name) == value
    assert row.in_python().startswith(f"Settings({name}=")


def test_python_code_constructs_them_with_typed_values():
    settings = Settings(strict=True, port=0, port_file=Path("p"), shutdown_seconds=1, plugins=(Plugin("A"),))
    assert (settings.strict, settings.port, settings.port_file) == (True, 0, Path("p"))
    assert settings.plugins == (Plugin("A"),)


def test_settings_can_be_compared_and_be_keys():
    assert {Settings(): 1}[Settings()] == 1
    assert Settings() != Settings(strict=True)


def _typed(value: object) -> str | None:
    """Return a value in TOML as what it is; ``None`` for what is a text there too."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return "{" + ", ".join(f"{_toml(name)} = {json.dumps(each)}" for name, each in value) + "}"
    return json.dumps(value) if isinstance(value, (bool, int, float, tuple)) else None


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=max(map(ord, text), default=0) <= 0xFFFF)
