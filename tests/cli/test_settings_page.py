"""docs/settings.md says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from messaging_double.models.records import Plugin
from messaging_double.server.settings import Settings, table
from messaging_double.server.settings.docs import document

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == document(), "python -m messaging_double.server.settings.docs > docs/settings.md"


@pytest.mark.parametrize("row", table(), ids=lambda row: row.name)
def test_the_page_has_every_setting_under_all_its_names(row) -> None:
    names = [row.key] if row.kind.file_only else [f"`{row.key}`", f"`{row.flag}`", f"`{row.variable}`"]
    assert [name for name in names if name not in PAGE.read_text("utf-8")] == []


def test_the_catalogue_on_the_page_is_the_default(tmp_path: Path) -> None:
    assert _settings_of(0, tmp_path) == Settings()


def test_the_plugin_on_the_page_of_which_everything_is_said_can_be_used(tmp_path: Path) -> None:
    expected = Plugin("CM", ("sms/text",), supports_config=True, external_ids=False)
    assert _settings_of(1, tmp_path).plugins == (expected,)


def test_the_users_and_applications_on_the_page_can_be_used(tmp_path: Path) -> None:
    settings = _settings_of(2, tmp_path)
    assert [user.name for user in settings.users] == ["ole"]
    assert [application.agents for application in settings.applications] == [("Messaging",)]


def _settings_of(which: int, tmp_path: Path) -> Settings:
    """Read one of the configuration files on the page."""
    config = tmp_path / "double.toml"
    config.write_text(PAGE.read_text("utf-8").split("```toml\n")[1 + which].partition("```")[0], "utf-8")
    return Settings.from_sources({}, {}, config)
