"""docs/tickets.md says what the code does."""

import re
from pathlib import Path

import pytest

from messaging_double.models import errors
from messaging_double.models.errors import Reason
from messaging_double.server.agents import access, principal

PAGE = (Path(__file__).parents[2] / "docs" / "tickets.md").read_text("utf-8")
PREFIX = "SuperOffice.Exceptions."


def table(title: str) -> list[list[str]]:
    """Return the rows of the table below a title."""
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_table_of_refusals_is_that_of_the_code_in_its_order():
    rows = [tuple(cell.replace("**", "") for cell in row[1:]) for row in table("Refusals")]
    reasons = [each for each in vars(errors).values() if isinstance(each, Reason)]
    assert rows == [(each.exception_type.removeprefix(PREFIX), each.message, each.friendly_text) for each in reasons]
    assert all(each.exception_type.startswith(PREFIX) for each in reasons)


def test_what_is_documented_is_bold_and_nothing_else():
    assert set(re.findall(r"\*\*(.+?)\*\*", PAGE)) - {"bold"} == {errors.AUTHENTICATION_FAILED}
    for _, exception_type, message, friendly_text in table("Refusals"):
        documented = [errors.AUTHENTICATION_FAILED in text for text in (message, friendly_text)]
        assert documented == ["**" in text for text in (message, friendly_text)]
        assert exception_type == "SoSessionException" or not any(documented)


@pytest.mark.parametrize(
    "word",
    [
        principal.UNKNOWN_USER,
        principal.WRONG_PASSWORD,
        principal.BREAKING_USER,
        access.UNKNOWN_APPLICATION,
        access.UNGRANTED_APPLICATION,
        access.EXPIRED_ACCESS_TOKEN,
    ],
)
def test_what_fails_on_purpose_is_on_the_page(word):
    assert sum(f"`{word}`" in row[0] for row in table("What fails on purpose")) == 1
