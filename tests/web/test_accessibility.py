"""The page by the rules of WCAG 2.2 AA, as far as axe can tell."""

from __future__ import annotations

import re

import pytest
from support.soap_calls import call, create, send

from messaging_double.client import actions, pattern

expect = pytest.importorskip("playwright.sync_api").expect

VIEWS = ("overview", "outbox", "outbox/1", "inbox/1", "journal", "journal/1", "journal/3", "rules", "state")
NARROW = {"width": 360, "height": 740}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = {
    "light": ("light", {"width": 1280, "height": 720}, RULES),
    "dark": ("dark", {"width": 1280, "height": 720}, ["color-contrast"]),  # all that the colours can change
    "narrow": ("light", NARROW, RULES),
}
DIALOGS = (("outbox/1", "Reply"), ("outbox/1", "Set status"), ("state", "Reset"), ("rules", "Add a rule"))

NOTED = '<SendMessages xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88"><Nothing/></SendMessages>'


def used(tenant):
    send(tenant.soap_url(), config={"a": "b"}, To="+4711", Content="Coming?\u200b")
    send(tenant.soap_url(), To="+447700900006", SuggestedSessionKey="a")
    call(tenant.soap_url(), "SendMessages", NOTED)
    tenant.reply(1, "Yes")
    create(tenant.soap_url(), From="+4711", Content="in")
    tenant.rules.add(actions.http(503), when={"to": pattern("+46*")})
    tenant.snapshot()
    return tenant


@pytest.fixture
def look(open_page, tenant, axe):
    """Look at the page, in each size and with all colours, with axe."""
    page = open_page(f"{used(tenant).name}/overview", bypass_csp=True, reduced_motion="reduce")
    page.evaluate(axe)

    def problems(place: str) -> list[str]:
        found = []
        for name, (colors, size, rules) in LOOKS.items():
            page.emulate_media(color_scheme=colors)
            page.set_viewport_size(size)
            violations = page.evaluate(
                "async rules => (await axe.run(document, {runOnly: rules, resultTypes: ['violations']})).violations",
                rules,
            )
            found += [
                f"{place}, {name}: {each['id']}: {node['html']} {node['failureSummary']}"
                for each in violations
                for node in each["nodes"]
            ]
        return found

    return page, problems


def test_axe_finds_nothing(look, tenant):
    page, problems = look
    for view in VIEWS:
        show(page, tenant, view)
        assert problems(view) == []
    for view, button in DIALOGS:
        show(page, tenant, view)
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()
        page.locator("dialog details").evaluate("details => { details.open = true }")
        assert problems(button) == []
        page.keyboard.press("Escape")


def show(page, tenant, view: str) -> None:
    page.goto(page.url.partition("#")[0] + f"#/{tenant.name}/{view}")
    expect(page.get_by_role("main")).to_contain_text(re.compile(".{40}", re.DOTALL))


def test_on_a_narrow_screen_nothing_is_cut_off(open_page, tenant):
    page = open_page(f"{used(tenant).name}/overview", viewport=NARROW)
    for view in VIEWS:
        show(page, tenant, view)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
