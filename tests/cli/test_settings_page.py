"""docs/settings.md says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    toml = PAGE.read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    config = tmp_path / "double.toml"
    config.write_text(toml, "utf-8")
    assert Settings.from_sources({}, {}, config) == Settings()
