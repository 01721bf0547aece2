"""The pages say what the tables say: their generated parts are current, and their examples can be used."""

import json
import re
import runpy
from pathlib import Path

import pytest

from messaging_double.models import faults, magic, profiles
from messaging_double.models.records import Plugin
from messaging_double.server.settings import Settings, table

DOCS = Path(__file__).parents[2] / "docs"
GENERATE = runpy.run_path(str(DOCS / "generate.py"))
HEADINGS = {
    "settings.md": [row.key for row in table()],
    "simulation.md": [*(each.name for each in profiles.BUILTIN_PROFILES), *magic.NUMBERS],
    "faults.md": [each.name for each in faults.FAULTS],
}


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def settings_of(name: str, which: str, tmp_path: Path) -> Settings:
    """Read the configuration file of a page that begins so."""
    config = tmp_path / "double.toml"
    config.write_text(re.search(rf"```toml\n({which}.*?)```", page(name), re.DOTALL)[1], "utf-8")
    return Settings.from_sources({}, {}, config)


@pytest.mark.parametrize("name", GENERATE["PAGES"])
def test_the_generated_parts_are_current(name):
    assert page(name) == GENERATE["render"](page(name)), "python docs/generate.py"


@pytest.mark.parametrize("name", HEADINGS)
def test_there_is_one_heading_for_each_row_of_the_tables(name):
    found = re.findall(r"^### (.*)$", page(name), re.MULTILINE)
    assert [found.count(each) for each in HEADINGS[name]] == [1] * len(HEADINGS[name])


@pytest.mark.parametrize("row", [each for each in table() if not each.kind.file_only], ids=lambda row: row.name)
def test_a_setting_is_there_under_all_its_names(row):
    assert f"`{row.flag}` or `{row.variable}`; in the file for example `{row.key} = " in page("settings.md")


def test_the_numbers_on_the_page_are_those_of_the_statuses():
    section = page("simulation.md").partition("## The numbers of the statuses\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w-]+)` \| (-?\d+) \|", section, re.MULTILINE) == [
        (name, str(number)) for name, number in profiles.STATUSES.items()
    ]


def test_every_outcome_of_an_address_is_named_on_the_page():
    others = [name for name, reaction in magic.FAULTS.items() if reaction.wire is None]
    assert [name for name in others if f"`{name}`" not in page("simulation.md")] == []
    assert f"@{magic.DOMAIN}" in page("simulation.md")


def test_the_compose_file_on_the_page_has_flags_that_there_are():
    (command,) = re.findall(r"^    command: serve (.*)$", page("system-user.md"), re.MULTILINE)
    assert set(re.findall(r"--[\w-]+", command)) <= {row.flag for row in table()}


def test_the_expectation_on_the_page_can_be_verified(double):
    (expectation,) = re.findall(r"^```json\n(.*?)^```$", page("control-api.md"), re.MULTILINE | re.DOTALL)
    answer = double.steer("POST", "verify", {**json.loads(expectation), "within": "0s"})
    assert (answer.status, answer.json["expected"]["count"]) == (422, "exactly 1 message")


def test_the_examples_of_configuration_files_can_be_used(tmp_path):
    assert settings_of("settings.md", r'\[\[plugins\]\]\nname = "CM"\n\n', tmp_path) == Settings()
    plugin = settings_of("settings.md", r'\[\[plugins\]\]\nname = "CM"\nformats[^`]*external', tmp_path).plugins
    assert plugin == (Plugin("CM", ("sms/text",), supports_config=True, external_ids=False),)
    logins = settings_of("settings.md", r'\[\[users\]\]\nname = "ole"\npassword = "a password"', tmp_path)
    assert [user.full_name for user in logins.users] == ["Ole Normann"]
    assert [application.agents for application in logins.applications] == [("Messaging",)]
    assert [each.name for each in settings_of("settings.md", r"\[\[rules\]\]", tmp_path).rules] == ["gateway down"]
    assert [each.name for each in settings_of("rules.md", r"\[\[rules\]\]", tmp_path).rules] == ["gateway down"]
    (Path(tmp_path) / "application-public.pem").touch()
    signed = settings_of("system-user.md", r"\[\[applications\]\]", tmp_path).applications
    assert [str(application.public_key) for application in signed] == ["application-public.pem"]
    own = settings_of("simulation.md", 'profile = "night"', tmp_path)
    assert [(each.name, len(each.steps), each.one_of) for each in own.profiles] == [
        ("night", 3, ()),
        ("patient", 2, ()),
        ("moody", 0, ("night", "patient", "patient")),
    ]
    assert (own.profile, own.plugin_profiles) == ("night", (("Twilio SMS", "moody"),))
