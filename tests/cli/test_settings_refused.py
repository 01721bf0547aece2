"""What settings refuse, and the sentence that it gets: what arrived, from where, what was expected, a valid example."""

import json
from pathlib import Path
from typing import Any

import pytest

from messaging_double.server.settings import Settings, SettingsError, table
from messaging_double.server.settings.row import Setting

ROWS = {row.name: row for row in table()}
_STATUSES = "STATUS=VALUE pairs separated by commas, VALUE being a whole number from -2147483648 to 2147483647,"
_TENANT_TOKENS = (
    "TENANT=VALUE pairs separated by commas, VALUE being a text of letters, digits and -._~+/, = at its end only,"
)
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
    ("database", "a\0b", "the path of a SQLite file, or the URL of a PostgreSQL database"),
    ("database_connections", "0", "a whole number from 1 to 1000"),
    ("tls", "on", "one of off, adhoc"),
    ("tls_cert", ".", "the path of a file"),
    ("tls_key", ".", "the path of a file"),
    ("tls_ca_file", ".", "the path of a file"),
    ("tls_names", "a.example:8080", "a list of host names without ports, separated by commas,"),
    ("rest_errors", "500", "one of 400, 200, null"),
    ("signing_key", ".", "the path of a file"),
    ("signature_seconds", "0", "a number of seconds above 0, at most 86400,"),
    ("log_format", "JSON", "one of text, json"),
    ("log_level", "warn", "one of debug, info, warning, error"),
    ("trust_proxy", "maybe", "true or false (or yes, no, on, off, 1, 0)"),
    ("shutdown_seconds", "-1", "a number of seconds from 0, at most 86400,"),
    ("drain_seconds", "86401", "a number of seconds from 0, at most 86400,"),
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
    ("auth", "yes", "one of none, onsite, online"),
    ("ticket_seconds", "0", "a number of seconds above 0, at most 86400,"),
    ("implicit_user", "bell \x07", "a text of characters that XML allows"),
    ("company", "\uffff", "a text of characters that XML allows"),
    ("control_token", "two words", "a text of letters, digits and -._~+/, = at its end only,"),
    ("control_token", "nøkkel", "a text of letters, digits and -._~+/, = at its end only,"),
    ("tenant_tokens", "Cust1", _TENANT_TOKENS),
    ("tenant_tokens", "Cust1=two words", _TENANT_TOKENS),
    ("cors_origins", "*", "a list of origins, each http:// or https:// and a host, separated by commas,"),
    ("cors_origins", "qa.example.com", "a list of origins, each http:// or https:// and a host, separated by commas,"),
    ("cors_origins", "https://a/", "a list of origins, each http:// or https:// and a host, separated by commas,"),
    ("cors_origins", "null", "a list of origins, each http:// or https:// and a host, separated by commas,"),
    ("allowed_hosts", "qa.example.com:8080", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "http://qa.example.com", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "a.example,,b.example", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "*qa.example.com", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "*..example.com", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "qa.*.com", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "blåbær.example", "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "a" * 64, "a list of host names without ports, separated by commas,"),
    ("allowed_hosts", "a." * 127 + "a", "a list of host names without ports, separated by commas,"),
    ("journal_entries", "-1", "a whole number from 0 to 100000000"),
    ("journal_bytes", "65535", "a number of bytes from 65536, plain or with KiB, MiB or GiB,"),
    ("journal_bytes_total", "1", "a number of bytes from 65536, plain or with KiB, MiB or GiB,"),
    ("workers", "0", "a whole number from 1 to 64"),
    ("max_tenants", "0", "a whole number from 1 to 1000000"),
    ("max_messages", "0", "a whole number from 1 to 100000000"),
    ("max_snapshots", "10001", "a whole number from 0 to 10000"),
    ("max_rules", "-1", "a whole number from 0 to 10000"),
    ("max_tickets", "x", "a whole number from 1 to 100000000"),
    ("max_fixture_messages", "65537", "a whole number from 0 to 65536"),
    ("forget_tenants_after", "a week", "a length of time such as 10s, 500ms, 6h30s, 2d or PT6H, at least 1s,"),
    ("forget_tenants_after", "999999999999d", "a length of time such as 10s, 500ms, 6h30s, 2d or PT6H, at least 1s,"),
    ("forget_tenants_after", "999ms", "a length of time such as 10s, 500ms, 6h30s, 2d or PT6H, at least 1s,"),
    ("empty_plugin", "last", "one of first, error"),
    ("unknown_plugin", "Accept", "one of accept, error"),
    ("unknown_messaging_id", "rows", "one of row, omit, error"),
    ("unknown_external_message_id", "row", "one of accept, error"),
    ("long_strings", "cut", "one of keep, truncate, error"),
    ("first_messaging_id", "0", "a whole number from 1 to 2147483647"),
    ("statuses", "delivered=2147483648", _STATUSES),
    ("statuses", "delivered=0.5", _STATUSES),
    ("statuses", "delivered", _STATUSES),
    ("profile", "bell \x07", "a text of characters that XML allows, not empty"),
    ("plugin_profiles", "CM", "PLUGIN=VALUE pairs separated by commas, VALUE being the name of a profile,"),
    ("plugin_profiles", "=slow", "PLUGIN=VALUE pairs separated by commas, VALUE being the name of a profile,"),
    ("final_statuses", "final", "one of open, closed"),
    ("magic_recipients", "some", "true or false (or yes, no, on, off, 1, 0)"),
    ("magic", "fails", "NUMBER=VALUE pairs separated by commas, VALUE being the name of a profile or a fault,"),
    ("clock", "2026-01-01T08:00:00", "a moment in ISO 8601 with its zone"),
    ("clock", "0001-01-01T00:00:00+14:00", "a moment in ISO 8601 with its zone"),
    ("clock", "noon", "a moment in ISO 8601 with its zone"),
    ("seed", "\udcff", "a text of characters that XML allows"),
]
EACH_WRONG = pytest.mark.parametrize(("name", "text", "expected"), WRONG, ids=[f"{n}-{t[:15]!a}" for n, t, _ in WRONG])


def test_every_setting_has_a_wrong_value_here():
    assert {name for name, *_ in WRONG} == {row.name for row in table() if not row.kind.file_only}


@EACH_WRONG
def test_a_wrong_flag_gets_a_sentence(name, text, expected):
    row = ROWS[name]
    said = _refused({name: text})
    assert said.startswith(
        f"The setting {row.key} came from the flag {row.flag} as {_shown(row, text)}, but {expected} was "
    )
    assert f"; for example {row.flag}" in said
    assert said.isprintable()


@EACH_WRONG
def test_a_wrong_variable_gets_a_sentence(name, text, expected):
    row = ROWS[name]
    said = _refused({}, {row.variable: text})
    came = f"The setting {row.key} came from the environment variable {row.variable} as {_shown(row, text)}, "
    assert said.startswith(f"{came}but {expected} was expected; for example {row.variable}=")


@EACH_WRONG
def test_a_wrong_value_in_the_file_gets_a_sentence(name, text, expected, config_file):
    if "\udcff" in text:
        text = "\ufffe"  # a lone surrogate is not even TOML
    row = ROWS[name]
    config = config_file(f"{row.key} = {_toml(text)}")
    said = _refused(config=config)
    came = f"The setting {row.key} came from the file {config}, key {row.key}, as {_shown(row, text)}, "
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
        ("allowed-hosts = 1", "1"),
        ("allowed-hosts = [1]", "[1]"),
        ("allowed-hosts = ['a, b']", "['a, b']"),
        ("allowed-hosts = ['']", "['']"),
        ("journal-entries = 0.5", "0.5"),
        ("statuses = {delivered = '7 '}", "{'delivered': '7 '}"),
        ("statuses = [1]", "[1]"),
        ("plugin-profiles = {CM = 1}", "{'CM': 1}"),
        ("clock = 2026-01-01", "datetime.date(2026, 1, 1)"),
        ("clock = 2026-01-01T08:00:00", "datetime.datetime(2026, 1, 1, 8, 0)"),
    ],
)
def test_a_wrong_type_in_the_file_gets_a_sentence(line, arrived, config_file):
    config = config_file(line)
    assert f" as {arrived}, but " in _refused(config=config)


@pytest.mark.parametrize(
    ("name", "text", "detail"),
    [
        ("statuses", "17=7", '("17" is no status; there are not-sent, sent, delivered, '),
        ("statuses", "deliverd=7", '("deliverd" is no status; did you mean delivered? there are not-sent, '),
        ("statuses", "accepted=7", '("accepted" is no status; did you mean sent? there are '),
        ("statuses", "rejected=7", '("rejected" is no status; did you mean not-sent? there are '),
        ("statuses", "delivered=1,delivered=2", '("delivered" is there twice)'),
        ("magic", "ole@sim.test=fails", '("ole@sim.test" is no telephone number)'),
        ("magic", "2077=fails,2077=slow", '("2077" is there twice)'),
    ],
)
def test_a_wrong_pair_is_named_in_the_sentence(name, text, detail):
    assert f"was expected {detail}" in _refused({name: text})


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"profile": "fast"}, 'The setting profile is "fast", but there is no such profile: there are delivers, '),
        (
            {"plugin_profiles": "CM=slow,Twilio SMS=fast"},
            'The setting plugin-profiles lets "Twilio SMS" go by "fast", but there is no such profile: there are ',
        ),
        (
            {"magic": "2077=http-599"},
            'The setting magic lets "2077" stand for "http-599", but there is no such profile or fault: there are ',
        ),
    ],
)
def test_a_profile_that_there_is_not_gets_a_sentence_with_those_that_there_are(flags, sentence):
    said = _refused(flags)
    assert said.startswith(sentence)
    assert "delivers, at-once, slow" in said
    (name,) = flags
    assert said.endswith(f"({name.replace('_', '-')} from the flag --{name.replace('_', '-')})")


SECRET = "correct-horse"  # noqa: S105 - of no real account
_USER = f"[[users]]\nname = 'a'\npassword = '{SECRET}'\n"
_NIGHT = "[[profiles]]\nname = 'night'\n"
_PLUGIN = "[[plugins]]\nname = 'A'\n"
_APPLICATION = f"[[applications]]\ntoken = '{SECRET}'\n"
_WHOLE = "expected a whole number from -2147483648 to 2147483647"
_NO_STEPS = "which is no profile with steps"
WRONG_TABLES = [
    ("plugins", "plugins = 1", "a list of tables"),
    ("plugins", "plugins = ['CM']", 'plugins[0] is "CM"; expected an object with name of name, formats, '),
    ("plugins", "[[plugins]]", "but name is missing in plugins[0]; expected "),
    ("plugins", _PLUGIN + "[[plugins]]\nname = 1",
     "but plugins[1].name is 1; expected a text of characters that XML allows, not empty"),
    ("plugins", "[[plugins]]\nname = ''", 'plugins[0].name is ""; expected a text'),
    ("plugins", '[[plugins]]\nname = "\\u0007"', "plugins[0].name is "),
    ("plugins", _PLUGIN + "formats = 'sms/160'", 'plugins[0].formats is "sms/160"; expected a list'),
    ("plugins", _PLUGIN + "formats = [1]", "plugins[0].formats[0] is 1; expected a text"),
    ("plugins", _PLUGIN + "supports-config = 'yes'", 'plugins[0].supports-config is "yes"; expected true or false'),
    ("plugins", _PLUGIN + "external-ids = 0", "plugins[0].external-ids is 0; expected true or false"),
    ("plugins", _PLUGIN + "format = []",
     'unknown member "format" in plugins[0]; did you mean formats? possible are name, formats, '),
    ("plugins", _PLUGIN + _PLUGIN, 'the name "A" is there twice'),
    ("profiles", "profiles = 1", "a list of tables"),
    ("profiles", "profiles = ['night']", "profiles[0]"),
    ("profiles", "[[profiles]]\nsteps = []", "profiles[0]"),
    ("profiles", "[[profiles]]\nname = ''\none-of = ['slow']", "profiles[0].name"),
    ("profiles", _NIGHT, "profiles[0] has neither of steps and one-of"),
    ("profiles", _NIGHT + "steps = []", "profiles[0] has neither of steps and one-of"),
    ("profiles", _NIGHT + "one-of = ['slow']\nsteps = [{after = '1h', status = 1}]",
     "profiles[0] has both of steps and one-of"),
    ("profiles", _NIGHT + "speed = 1\none-of = ['slow']", "speed"),
    ("profiles", _NIGHT + "steps = [{after = 'soon', status = 1}]", "profiles[0].steps[0].after"),
    ("profiles", _NIGHT + "steps = [{after = '1 month', status = 1}]", "profiles[0].steps[0].after"),
    ("profiles", _NIGHT + "steps = [{after = '1h', status = 1}, {status = 2}]",
     "profiles[0].steps[1] has none of after, polls"),
    ("profiles", _NIGHT + "steps = [{by-hand = false, status = 2}]",
     "profiles[0].steps[0] has none of after, polls and by-hand"),
    ("profiles", _NIGHT + "steps = [{after = '1h', polls = 2, status = 1}]",
     "profiles[0].steps[0] has after and polls of after"),
    ("profiles", _NIGHT + "steps = [{polls = 0, status = 1}]", "profiles[0].steps[0].polls"),
    ("profiles", _NIGHT + "steps = [{after = '1h'}]", "profiles[0].steps[0] has neither status nor reply"),
    ("profiles", _NIGHT + "steps = [{after = '1h', status = 'arrived'}]", "profiles[0].steps[0].status"),
    ("profiles", _NIGHT + "steps = [{after = '1h', status = 'rejected'}]",
     "did you mean not-sent? expected a whole number "),
    ("profiles", _NIGHT + "steps = [{after = '1h', status = 2147483648}]", "profiles[0].steps[0].status"),
    ("profiles", _NIGHT + "steps = [{after = '1h', reply = 1}]", "profiles[0].steps[0].reply"),
    ("profiles", _NIGHT + "one-of = ['day']", f"one-of of the profile night names day, {_NO_STEPS}"),
    ("profiles", _NIGHT + "one-of = ['flaky']", f"one-of of the profile night names flaky, {_NO_STEPS}"),
    ("profiles", _NIGHT + "one-of = ['night']", f"one-of of the profile night names night, {_NO_STEPS}"),
    ("profiles", 2 * (_NIGHT + "one-of = ['slow']\n"), 'the name "night" is there twice'),
    ("users", f"users = '{SECRET}'", "a list of tables with name and any of password, associate-id"),
    ("users", f"users = ['{SECRET}']", "users[0] is wrong; expected an object with name of name, password"),
    ("users", f"[[users]]\npassword = '{SECRET}'", "name is missing in users[0]; expected "),
    ("users", f"[[users]]\nname = 'ole'\npassword = ['{SECRET}']",
     "users[0].password is wrong; expected a text of characters that XML allows"),
    ("users", _USER + "mail = 'x'", 'unknown member "mail" in users[0]; did you mean email?'),
    ("users", _USER + "[[users]]\nname = 'a'", 'the name "a" is there'),
    ("users", _USER + "role-id = 2147483648", f"users[0].role-id is wrong; {_WHOLE}"),
    ("users", _USER + "role-id = true", f"users[0].role-id is wrong; {_WHOLE}"),
    ("applications", f"applications = '{SECRET}'", "a list of tables with token and any of agents"),
    ("applications", "[[applications]]\nagents = []", "token is missing in applications[0]"),
    ("applications", f"[[applications]]\ntoken = ['{SECRET}']", "applications[0].token is wrong; expected a text"),
    ("applications", _APPLICATION + "agents = 'Messaging'", "applications[0].agents is wrong; expected a list"),
    ("applications", _APPLICATION + _APPLICATION, "there twice"),
]  # fmt: skip


@pytest.mark.parametrize(("setting", "lines", "detail"), WRONG_TABLES)
def test_a_wrong_table_gets_a_sentence_that_names_the_place_and_no_secret(setting, lines, detail, config_file):
    config = config_file(lines)
    said = _refused(config=config)
    assert said.startswith(f"The setting {setting} came from the file {config}, key {setting}")
    assert detail in said
    assert SECRET not in said


@pytest.mark.parametrize("row", [each for each in table() if each.kind.file_only], ids=lambda row: row.key)
def test_the_example_of_a_list_of_tables_is_one(row, config_file):
    said = _refused(config=config_file(f"{row.key} = 1"))
    example = said.partition("; for example\n")[2]
    assert len(getattr(Settings.from_sources({}, {}, config_file(example)), row.name)) == 1


def test_secrets_from_python_code_or_the_environment_stay_secret_too():
    said = _refused_in_code(users=({"name": 1, "password": SECRET},))
    assert said.startswith("The setting users came from Python code, but users[0].name is wrong; expected a text")
    assert SECRET not in said
    assert SECRET not in _refused({}, {"MESSAGING_DOUBLE_USERS": SECRET})


@pytest.mark.parametrize("token", [f"{SECRET} ", [SECRET], SECRET.encode()], ids=["text", "list", "bytes"])
def test_a_wrong_control_token_is_not_repeated_by_any_source(token, config_file):
    assert SECRET not in _refused_in_code(control_token=token)
    assert SECRET not in _refused({"control_token": token})
    assert SECRET not in _refused({}, {"MESSAGING_DOUBLE_CONTROL_TOKEN": token})
    assert SECRET not in _refused(config=config_file(f"control-token = '{SECRET} '"))


def test_plugins_in_the_environment_are_sent_to_the_file():
    said = _refused({}, {"MESSAGING_DOUBLE_PLUGINS": "[]"})
    assert "only the configuration file can hold it; for example\n[[plugins]]\n" in said


@pytest.mark.parametrize(
    ("flags", "environ", "sentence"),
    [
        ({"prot": "1"}, {}, 'The flag "--prot" is no setting; did you mean --port?'),
        *(
            ({}, {wrong: "x"}, f'The environment variable "{wrong}" is no setting; did you mean {hint}?')
            for wrong, hint in (
                ("MESSAGING_DOUBLE_PORTFILE", "MESSAGING_DOUBLE_PORT_FILE"),
                ("MESSAGING_DOUBLE_CONFG", "MESSAGING_DOUBLE_CONFIG"),
                ("MESSAGING_DOUBLE_LOG", "MESSAGING_DOUBLE_LOG_FORMAT or MESSAGING_DOUBLE_LOG_LEVEL"),
            )
        ),
    ],
)
def test_an_unknown_name_gets_the_nearest_as_a_hint(flags, environ, sentence):
    assert _refused(flags, environ) == sentence


@pytest.mark.parametrize(
    ("key", "hint"), [("port_file", "did you mean port-file?"), ("zzz", "known are host, port, port-file, ")]
)
def test_an_unknown_key_in_the_file_gets_a_hint(key, hint, config_file):
    config = config_file(f"{key} = 1")
    said = _refused(config=config)
    assert said.startswith(f'In the file {config}, the key "{key}" is no setting; {hint}')


def test_a_section_of_the_file_is_refused_with_where_settings_stand(config_file):
    config = config_file("[server]\nport = 8080")
    assert _refused(config=config) == (
        f'In the file {config}, the key "server" is a section, and there are none but tenant-tokens, statuses, '
        "plugin-profiles, magic; settings stand at the top: port = 8080"
    )


def test_a_wrong_value_is_refused_even_where_a_stronger_source_has_a_right_one():
    assert "MESSAGING_DOUBLE_PORT" in _refused({"port": "1"}, {"MESSAGING_DOUBLE_PORT": "x"})


@pytest.mark.parametrize(
    ("content", "detail"),
    [(b"port 80", "Expected '='"), (b"port = 1\nport = 2", "overwrite"), (b"seed = '\xff'", "utf-8")],
    ids=["no TOML", "a key twice", "no UTF-8"],
)
def test_a_configuration_file_that_is_no_toml_gets_a_sentence(content, detail, tmp_path):
    config = tmp_path / "broken.toml"
    config.write_bytes(content)
    said = _refused(config=config)
    assert said.startswith(
        f'The setting config came from the flag --config as "{config}", but a readable TOML file was'
    )
    assert detail in said


def test_a_configuration_file_that_is_not_there_gets_a_sentence():
    said = _refused({}, {"MESSAGING_DOUBLE_CONFIG": "gone.toml"})
    assert said == (
        'The setting config came from the environment variable MESSAGING_DOUBLE_CONFIG as "gone.toml", but a readable '
        "TOML file was expected (No such file or directory); for example a file with the line port = 8080"
    )


_TOGETHER = "The settings tls-cert and tls-key go together"
_BOTH = "--tls-cert server.pem --tls-key server.key"
_ADHOC = "is for the certificate of tls = adhoc, but tls is off; for example --tls adhoc"


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"tls_cert": "c.pem"},
         f"{_TOGETHER}, but tls-key is missing; for example {_BOTH} (tls-cert from the flag --tls-cert)"),
        ({"tls_key": "k.pem"},
         f"{_TOGETHER}, but tls-cert is missing; for example {_BOTH} (tls-key from the flag --tls-key)"),
        ({"tls": "adhoc", "tls_cert": "c.pem", "tls_key": "k.pem"},
         ("The setting tls = adhoc makes a certificate of its own, so tls-cert and tls-key cannot be set beside it; "
         f"for example --tls adhoc, or {_BOTH} "
         "(tls from the flag --tls, tls-cert from the flag --tls-cert, tls-key from the flag --tls-key)")),
        ({"tls_names": "a.example"},
         f"The setting tls-names {_ADHOC} --tls-names sod.superoffice.com (tls-names from the flag --tls-names)"),
        ({"tls_ca_file": "ca.pem"},
         f"The setting tls-ca-file {_ADHOC} --tls-ca-file ca.pem (tls-ca-file from the flag --tls-ca-file)"),
        ({"forget_tenants_after": "1d", "journal_entries": "0"},
         ("The setting forget-tenants-after goes by the journal, which journal-entries = 0 switches off; for example "
         "--journal-entries 1 (forget-tenants-after from the flag --forget-tenants-after, "
         "journal-entries from the flag --journal-entries)")),
        ({"workers": "2"},
         ("The setting workers is 2, but there is no database that they could share; for example --workers 2 "
         "--database messages.sqlite (workers from the flag --workers)")),
    ],
)  # fmt: skip
def test_settings_that_do_not_go_together_get_a_sentence_that_says_where_they_came_from(flags, sentence):
    assert _refused(flags) == sentence


@pytest.mark.parametrize(
    ("wrong", "key", "arrived", "expected", "example"),
    [
        ({"port": "8080"}, "port", '"8080"', "a whole number from 0 to 65535", "port=8080"),
        ({"port": None}, "port", "None", "a whole number from 0 to 65535", "port=8080"),
        ({"strict": 1}, "strict", "1", "true or false (or yes, no, on, off, 1, 0)", "strict=True"),
        ({"tls_cert": "c.pem", "tls_key": "k.pem"}, "tls-cert", '"c.pem"', "the path of a file",
         f"tls_cert={Path('server.pem')!r}"),
        ({"allowed_hosts": "qa.example.com"}, "allowed-hosts", '"qa.example.com"',
         "a list of host names without ports, separated by commas,",
         "allowed_hosts=('qa.example.com', '.ci.example.com')"),
    ],
)  # fmt: skip
def test_a_wrong_value_from_python_code_gets_a_sentence(wrong, key, arrived, expected, example):
    came = f"The setting {key} came from Python code as {arrived}"
    assert _refused_in_code(**wrong) == f"{came}, but {expected} was expected; for example Settings({example})"


def test_a_long_value_is_cut_in_the_sentence():
    said = _refused({"port": "9" * 100_000})
    assert "9... (100002 characters), but" in said
    assert len(said) < 500


def _refused(flags=None, environ=None, config=None) -> str:
    """Return what is said of settings from these sources."""
    with pytest.raises(SettingsError) as refused:
        Settings.from_sources(flags or {}, environ or {}, config)
    return str(refused.value)


def _refused_in_code(**wrong: Any) -> str:
    with pytest.raises(SettingsError) as refused:
        Settings(**wrong)
    return str(refused.value)


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=max(map(ord, text), default=0) <= 0xFFFF)


def _shown(row: Setting[Any], text: str) -> str:
    if row.kind.secret:
        return "something that may hold secrets"
    quoted = json.dumps(text)
    return quoted if len(quoted) <= 200 else f"{quoted[:200]}... ({len(quoted)} characters)"
