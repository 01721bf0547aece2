"""What settings refuse, and the sentence that it gets: what arrived, from where, what was expected, a valid example."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from messaging_double.server.settings import Settings, SettingsError, table

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = {row.name: row for row in table()}
WRONG: list[tuple[str, str, str]] = [
    ("host", "no host", "an address or a host name"),
    ("port", "65536", "a whole number from 0 to 65535"),
    ("port", "-1", "a whole number from 0 to 65535"),
    ("port", "8_080", "a whole number from 0 to 65535"),
    ("port", "٨", "a whole number from 0 to 65535"),
    ("port", "9" * 5000, "a whole number from 0 to 65535"),
    ("port", "http", "a whole number from 0 to 65535"),
    ("port_file", "a\0b", "the path of a file"),
    ("port_file", ".", "the path of a file"),
    ("database", "a\0b", "the path of an SQLite file"),
    ("tls", "on", "off or adhoc"),
    ("tls_cert", ".", "the path of a file"),
    ("tls_key", ".", "the path of a file"),
    ("tls_ca_file", ".", "the path of a file"),
    ("log_format", "JSON", "text or json"),
    ("log_level", "warn", "debug, info, warning or error"),
    ("trust_proxy", "maybe", "true or false (or yes, no, on, off, 1, 0)"),
    ("shutdown_seconds", "-1", "a number of seconds from 0, at most 86400,"),
    ("max_body_bytes", "0", "a number of bytes above 0, plain or with KiB, MiB or GiB,"),
    ("max_body_bytes", "8MB", "a number of bytes above 0, plain or with KiB, MiB or GiB,"),
    ("max_header_bytes", "64 K", "a number of bytes above 0, plain or with KiB, MiB or GiB,"),
    ("max_header_fields", "0", "a whole number from 1 to 100000"),
    ("max_connections", "0", "a whole number from 1 to 1000000"),
    ("header_seconds", "0", "a number of seconds above 0, at most 86400,"),
    ("header_seconds", "nan", "a number of seconds above 0, at most 86400,"),
    ("body_seconds", "inf", "a number of seconds above 0, at most 86400,"),
    ("keep_alive_seconds", "86401", "a number of seconds above 0, at most 86400,"),
    ("write_seconds", "30s", "a number of seconds above 0, at most 86400,"),
    ("strict", "2", "true or false (or yes, no, on, off, 1, 0)"),
    ("help_page", "none", "true or false (or yes, no, on, off, 1, 0)"),
    ("auth", "yes", "none, onsite or online"),
    ("ticket_seconds", "0", "a number of seconds above 0, at most 86400,"),
    ("implicit_user", "bell \x07", "text of characters that XML allows"),
    ("company", "\uffff", "text of characters that XML allows"),
    ("empty_plugin", "last", "first or error"),
    ("unknown_plugin", "Accept", "accept or error"),
    ("unknown_messaging_id", "rows", "row, omit or error"),
    ("unknown_external_message_id", "row", "accept or error"),
    ("long_strings", "cut", "keep, truncate or error"),
    ("first_messaging_id", "0", "a whole number from 1 to 2147483647"),
    ("status_on_send", "2147483648", "a whole number from -2147483648 to 2147483647"),
    ("status_on_send_description", "bell \x07", "text of characters that XML allows"),
    ("status_of_unknown_id", "0.5", "a whole number from -2147483648 to 2147483647"),
    ("seed", "\udcff", "text of characters that XML allows"),
]
EACH_WRONG = pytest.mark.parametrize(("name", "text", "expected"), WRONG, ids=[f"{n}-{t[:9]!a}" for n, t, _ in WRONG])


def test_every_setting_has_a_wrong_value_here() -> None:
    assert {name for name, *_ in WRONG} == {row.name for row in table() if not row.kind.file_only}


@EACH_WRONG
def test_a_wrong_flag_gets_a_sentence(name: str, text: str, expected: str) -> None:
    row = ROWS[name]
    said = _refused(lambda: Settings.from_sources({name: text}, {}))
    assert said.startswith(
        f"The setting {row.key} came from the flag {row.flag} as {_shown(text)}, but {expected} was "
    )
    assert f"; for example {row.flag}" in said
    assert said.isprintable()


@EACH_WRONG
def test_a_wrong_variable_gets_a_sentence(name: str, text: str, expected: str) -> None:
    row = ROWS[name]
    said = _refused(lambda: Settings.from_sources({}, {row.variable: text}))
    came = f"The setting {row.key} came from the environment variable {row.variable} as {_shown(text)}, "
    assert said.startswith(f"{came}but {expected} was expected; for example {row.variable}=")


@EACH_WRONG
def test_a_wrong_value_in_the_file_gets_a_sentence(
    name: str, text: str, expected: str, config_file: Callable[[str], Path]
) -> None:
    if "\udcff" in text:
        text = "\ufffe"  # a lone surrogate is not even TOML
    row = ROWS[name]
    config = config_file(f"{row.key} = {_toml(text)}")
    said = _refused(lambda: Settings.from_sources({}, {}, config))
    came = f"The setting {row.key} came from the file {config}, key {row.key}, as {_shown(text)}, "
    assert said.startswith(f"{came}but {expected} was expected; for example {row.key} = ")


@pytest.mark.parametrize(
    ("line", "arrived"),
    [
        ("port = true", "True"),
        ("port = 8080.0", "8080.0"),
        ("port = []", "[]"),
        ("strict = 1", "1"),
        ("seed = 5", "5"),
        ("host = {}", "{}"),
        ("port-file = 1", "1"),
        ("header-seconds = nan", "nan"),
        ("header-seconds = true", "True"),
        ("max-body-bytes = true", "True"),
        ("tls = false", "False"),
        ("database = 2026-01-01", "datetime.date(2026, 1, 1)"),
    ],
)
def test_a_wrong_type_in_the_file_gets_a_sentence(line: str, arrived: str, config_file: Callable[[str], Path]) -> None:
    config = config_file(line)
    assert f" as {arrived}, but " in _refused(lambda: Settings.from_sources({}, {}, config))


@pytest.mark.parametrize(
    ("plugins", "detail"),
    [
        ("plugins = 1", "a list of tables"),
        ("plugins = ['CM']", "a list of tables"),
        ("[[plugins]]", "name, a text, is missing"),
        ("[[plugins]]\nname = 1", "name is a text that XML allows, not 1"),
        ("[[plugins]]\nname = ''", 'name is a text that XML allows, not ""'),
        ('[[plugins]]\nname = "\\u0007"', "name is a text that XML allows, not "),
        ("[[plugins]]\nname = 'A'\nformats = 'sms/160'", "formats is a list of texts, none empty, not "),
        ("[[plugins]]\nname = 'A'\nformats = [1]", "formats is a list of texts, none empty, not (1,)"),
        ("[[plugins]]\nname = 'A'\nsupports-config = 'yes'", "supports-config is true or false"),
        (
            "[[plugins]]\nname = 'A'\nformat = []",
            '"format" is no key of them; there are name, formats, supports-config',
        ),
        ("[[plugins]]\nname = 'A'\n[[plugins]]\nname = 'A'", 'the name "A" is there twice'),
    ],
)
def test_a_wrong_plugin_gets_a_sentence(plugins: str, detail: str, config_file: Callable[[str], Path]) -> None:
    config = config_file(plugins)
    said = _refused(lambda: Settings.from_sources({}, {}, config))
    assert said.startswith(f"The setting plugins came from the file {config}, key plugins, as ")
    assert detail in said


SECRET = "correct-horse"  # noqa: S105 - nobody's


@pytest.mark.parametrize(
    ("setting", "lines", "detail"),
    [
        ("users", f"users = '{SECRET}'", "a list of tables with name and any of password, associate-id"),
        ("users", f"users = ['{SECRET}']", "a list of tables"),
        ("users", f"[[users]]\npassword = '{SECRET}'", "name, a text, is missing"),
        ("users", f"[[users]]\nname = 'ole'\npassword = ['{SECRET}']", "password is a text that XML allows"),
        ("users", f"[[users]]\nname = 'ole'\npassword = '{SECRET}'\nmail = 'x'", '"mail" is no key of them'),
        ("users", f"[[users]]\nname = 'a'\npassword = '{SECRET}'\n[[users]]\nname = 'a'", 'the name "a" is there'),
        ("users", f"[[users]]\nname = 'a'\npassword = '{SECRET}'\nrole-id = 2147483648", "a whole number of 32 bits"),
        ("users", f"[[users]]\nname = 'a'\npassword = '{SECRET}'\nrole-id = true", "a whole number of 32 bits"),
        ("applications", f"applications = '{SECRET}'", "a list of tables with token and any of agents"),
        ("applications", "[[applications]]\nagents = []", "token, a text, is missing"),
        ("applications", f"[[applications]]\ntoken = ['{SECRET}']", "token is a text that XML allows"),
        ("applications", f"[[applications]]\ntoken = '{SECRET}'\nagents = 'Messaging'", "agents is a list of texts"),
        ("applications", f"[[applications]]\ntoken = '{SECRET}'\n[[applications]]\ntoken = '{SECRET}'", "there twice"),
    ],
)
def test_wrong_users_and_applications_get_a_sentence_without_their_secrets(
    setting: str, lines: str, detail: str, config_file: Callable[[str], Path]
) -> None:
    config = config_file(lines)
    said = _refused(lambda: Settings.from_sources({}, {}, config))
    assert said.startswith(f"The setting {setting} came from the file {config}, key {setting}, as ")
    assert detail in said
    assert SECRET not in said


def test_secrets_from_python_code_or_the_environment_stay_secret_too() -> None:
    said = _refused(lambda: Settings(users=({"name": 1, "password": SECRET},)))  # type: ignore[arg-type]
    assert said.startswith("The setting users came from Python code as something that may hold secrets, but a list of")
    assert SECRET not in said
    assert SECRET not in _refused(lambda: Settings.from_sources({}, {"MESSAGING_DOUBLE_USERS": SECRET}))


def test_plugins_in_the_environment_are_sent_to_the_file() -> None:
    said = _refused(lambda: Settings.from_sources({}, {"MESSAGING_DOUBLE_PLUGINS": "[]"}))
    assert "only the configuration file can hold it; for example [[plugins]]" in said


@pytest.mark.parametrize(
    ("flags", "environ", "sentence"),
    [
        ({"prot": "1"}, {}, 'The flag "--prot" is no setting; did you mean --port?'),
        (
            {},
            {"MESSAGING_DOUBLE_PORTFILE": "x"},
            (
                'The environment variable "MESSAGING_DOUBLE_PORTFILE" is no setting; '
                "did you mean MESSAGING_DOUBLE_PORT_FILE?"
            ),
        ),
        (
            {},
            {"MESSAGING_DOUBLE_CONFG": "x"},
            'The environment variable "MESSAGING_DOUBLE_CONFG" is no setting; did you mean MESSAGING_DOUBLE_CONFIG?',
        ),
    ],
)
def test_an_unknown_name_gets_the_nearest_as_a_hint(
    flags: dict[str, str | bool], environ: dict[str, str], sentence: str
) -> None:
    assert _refused(lambda: Settings.from_sources(flags, environ)) == sentence


@pytest.mark.parametrize(
    ("key", "hint"), [("port_file", "did you mean port-file?"), ("zzz", "known are host, port, port-file, ")]
)
def test_an_unknown_key_in_the_file_gets_a_hint(key: str, hint: str, config_file: Callable[[str], Path]) -> None:
    config = config_file(f"{key} = 1")
    said = _refused(lambda: Settings.from_sources({}, {}, config))
    assert said.startswith(f'In the file {config}, the key "{key}" is no setting; {hint}')


def test_a_wrong_value_is_refused_even_where_a_stronger_source_has_a_right_one() -> None:
    assert "MESSAGING_DOUBLE_PORT" in _refused(
        lambda: Settings.from_sources({"port": "1"}, {"MESSAGING_DOUBLE_PORT": "x"})
    )


@pytest.mark.parametrize(
    ("content", "detail"),
    [(b"port 80", "Expected '='"), (b"port = 1\nport = 2", "overwrite"), (b"seed = '\xff'", "utf-8")],
    ids=["no TOML", "a key twice", "no UTF-8"],
)
def test_a_configuration_file_that_is_no_toml_gets_a_sentence(content: bytes, detail: str, tmp_path: Path) -> None:
    config = tmp_path / "broken.toml"
    config.write_bytes(content)
    said = _refused(lambda: Settings.from_sources({}, {}, config))
    assert said.startswith(
        f'The setting config came from the flag --config as "{config}", but a readable TOML file was'
    )
    assert detail in said


def test_a_configuration_file_that_is_not_there_gets_a_sentence() -> None:
    said = _refused(lambda: Settings.from_sources({}, {"MESSAGING_DOUBLE_CONFIG": "gone.toml"}))
    assert said == (
        'The setting config came from the environment variable MESSAGING_DOUBLE_CONFIG as "gone.toml", but a readable '
        "TOML file was expected (No such file or directory); for example a file with the line port = 8080"
    )


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (
            {"tls_cert": "c.pem"},
            (
                "The settings tls-cert and tls-key go together, but tls-key is missing; for example --tls-cert "
                "server.pem --tls-key server.key (tls-cert from the flag --tls-cert)"
            ),
        ),
        (
            {"tls_key": "k.pem"},
            (
                "The settings tls-cert and tls-key go together, but tls-cert is missing; for example --tls-cert "
                "server.pem --tls-key server.key (tls-key from the flag --tls-key)"
            ),
        ),
        (
            {"tls": "adhoc", "tls_cert": "c.pem", "tls_key": "k.pem"},
            (
                "The setting tls = adhoc makes a certificate of its own, so tls-cert and tls-key cannot be set beside "
                "it; for example --tls adhoc, or --tls-cert server.pem --tls-key server.key "
                "(tls from the flag --tls, tls-cert from the flag --tls-cert, tls-key from the flag --tls-key)"
            ),
        ),
        (
            {"tls_ca_file": "ca.pem"},
            (
                "The setting tls-ca-file is for the certificate of tls = adhoc, but tls is off; "
                "for example --tls adhoc --tls-ca-file ca.pem (tls-ca-file from the flag --tls-ca-file)"
            ),
        ),
    ],
)
def test_settings_that_do_not_go_together_get_a_sentence_that_says_where_they_came_from(
    flags: dict[str, str | bool], sentence: str
) -> None:
    assert _refused(lambda: Settings.from_sources(flags, {})) == sentence


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (
            {"port": "8080"},
            (
                'The setting port came from Python code as "8080", but a whole number from 0 to 65535 was expected; '
                "for example Settings(port=8080)"
            ),
        ),
        (
            {"port": None},
            (
                "The setting port came from Python code as None, but a whole number from 0 to 65535 was expected; "
                "for example Settings(port=8080)"
            ),
        ),
        (
            {"strict": 1},
            (
                "The setting strict came from Python code as 1, but true or false (or yes, no, on, off, 1, 0) was "
                "expected; for example Settings(strict=True)"
            ),
        ),
        (
            {"tls_cert": "c.pem", "tls_key": "k.pem"},
            (
                'The setting tls-cert came from Python code as "c.pem", but the path of a file was expected; '
                f"for example Settings(tls_cert={Path('server.pem')!r})"
            ),
        ),
    ],
)
def test_a_wrong_value_from_python_code_gets_a_sentence(wrong: dict[str, Any], sentence: str) -> None:
    assert _refused(lambda: Settings(**wrong)) == sentence


def test_a_long_value_is_cut_in_the_sentence() -> None:
    said = _refused(lambda: Settings.from_sources({"port": "9" * 100_000}, {}))
    assert "9... (100002 characters), but" in said
    assert len(said) < 500


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(SettingsError) as refused:
        act()
    return str(refused.value)


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=max(map(ord, text), default=0) <= 0xFFFF)


def _shown(text: str) -> str:
    quoted = json.dumps(text)
    return quoted if len(quoted) <= 200 else f"{quoted[:200]}... ({len(quoted)} characters)"
