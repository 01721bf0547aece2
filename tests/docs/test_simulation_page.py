"""docs/simulation.md says what the tables say."""

from __future__ import annotations

from pathlib import Path

from messaging_double.models import magic, profiles, statuses
from messaging_double.server.settings import Settings
from messaging_double.server.simulation.magic import FAULTS

PAGE = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text("utf-8")


def table(title: str) -> list[tuple[str, ...]]:
    """Return the rows of the table below a title, without backquotes."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines[2:]]


def test_the_profiles_on_the_page_are_the_ready_ones() -> None:
    assert table("Profiles") == [(each.name, each.help) for each in profiles.READY]


def test_the_numbers_on_the_page_are_those_of_the_statuses() -> None:
    rows = [(name, number) for name, number, _ in table("The numbers of the statuses")]
    assert rows == [(name, str(number)) for name, number in statuses.NUMBERS.items()]


def test_the_magic_recipients_on_the_page_are_those_of_the_table() -> None:
    assert table("Magic recipients") == list(magic.NUMBERS.items())
    assert f"@{magic.DOMAIN}" in PAGE


def test_every_fault_that_is_not_on_the_wire_is_named_on_the_page() -> None:
    others = [name for name, reaction in FAULTS.items() if reaction.wire is None]
    assert [name for name in others if f"`{name}`" not in PAGE] == []


def test_the_configuration_file_on_the_page_can_be_used(tmp_path: Path) -> None:
    config = tmp_path / "double.toml"
    config.write_text(PAGE.partition("```toml\n")[2].partition("```")[0], "utf-8")
    settings = Settings.from_sources({}, {}, config)
    assert [(each.name, len(each.steps), each.one_of) for each in settings.profiles] == [
        ("night", 3, ()),
        ("patient", 2, ()),
        ("moody", 0, ("night", "patient", "patient")),
    ]
    assert (settings.profile, settings.plugin_profiles) == ("night", (("Twilio SMS", "moody"),))
