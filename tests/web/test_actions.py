"""What the page can do, each action by mouse and by keyboard."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from support.soap_calls import send

from messaging_double.client import MessagingDouble, actions

if TYPE_CHECKING:
    from collections.abc import Callable

    from messaging_double.client import Tenant

expect = pytest.importorskip("playwright.sync_api").expect


def press(locator) -> None:
    """Press a button by the keyboard, where the mouse could click on it as well."""
    locator.click(trial=True)
    locator.press("Enter")


REACHED = """() => {
    const element = document.activeElement, again = element.hasAttribute("data-reached");
    element.setAttribute("data-reached", "");
    return again ? null : element.ariaLabel || element.textContent.trim();
}"""


def reached(page) -> set[str]:
    """Go once around the page, or the dialog that is open, by the tabulator; return the names of what has the focus."""
    found = set()
    page.evaluate("document.activeElement.closest('dialog') || document.activeElement.blur()")
    for _ in range(150):
        page.keyboard.press("Tab")
        name = page.evaluate(REACHED)
        if name is None:
            break
        found.add(name)
    return found


def shown(tenant, rule: str) -> dict[str, Any]:
    """Return a rule as the control API shows it."""
    url = f"{tenant.base_url.removesuffix(tenant.name)}_mock/v1/tenants/{tenant.name}/rules/{rule}"
    with urlopen(url, timeout=10) as answer:
        return json.load(answer)


@dataclass
class Action:
    view: str
    button: str
    done: Callable[[Tenant], Any]
    fields: dict[str, str] = field(default_factory=dict)
    verb: str | None = None
    """What confirms it in its dialog, where that is not the word on the button."""
    before: Callable[[Tenant], Any] = lambda _tenant: None
    has_dialog: bool = True

    @property
    def confirms(self) -> str:
        return self.verb or self.button


FAILED = {"Status": "failed", "Description": "No such number"}
RULE = {"Answer": "HTTP status", "To": "+47*", "How often": "", "Name of the rule": "down"}
MADE = {
    "when": {"operation": "SendMessages", "to": {"pattern": "+47*"}},
    "then": {"http": 503, "retryAfter": 2},
    "times": None,
}
SLOW = {"Answer": "profile: slow"}
ADD = "Add the rule"


def snapshot_and_send(it: Tenant) -> None:
    it.snapshot("before")
    send(it.soap_url())


ACTIONS = {
    "reply": Action(
        "outbox/1", "Reply", lambda it: it.inbox.latest().content == "Takk!", {"Text": "Takk!"}, "Send the answer"
    ),
    "status": Action(
        "outbox/1",
        "Set status",
        lambda it: it.outbox.latest().status_description == "No such number",
        FAILED,
        "Set the status",
    ),
    "step": Action("outbox/1", "Next step", lambda it: len(it.outbox.latest().statuses) == 2, verb="Take the step"),
    "advance": Action("state", "Move forward", lambda it: it.clock.now.hour == 14, {"By": "6h"}),
    "freeze": Action("state", "Freeze", lambda it: it.clock.mode == "frozen", before=lambda it: it.clock.real()),
    "real time": Action("state", "Real time", lambda it: it.clock.mode == "real"),
    "snapshot": Action(
        "state",
        "Take a snapshot",
        lambda it: [each.name for each in it.snapshots()] == ["a b"],
        {"Name": "a b"},
        "Take it",
    ),
    "restore": Action("state", "Go back", lambda it: len(it.outbox) == 1, before=snapshot_and_send),
    "delete a snapshot": Action(
        "state", "Delete", lambda it: not it.snapshots(), before=lambda it: it.snapshot("before")
    ),
    "reset": Action("state", "Reset", lambda it: len(it.outbox) == 0),
    "rule": Action("rules", "Add a rule", lambda it: shown(it, "down") == shown(it, "down") | MADE, RULE, ADD),
    "rule with a profile": Action(
        "rules", "Add a rule", lambda it: shown(it, "rule-1")["then"] == {"profile": "slow"}, SLOW, ADD
    ),
    "fault": Action(
        "rules",
        "Use: reply-lost",
        lambda it: [shown(it, each.name)["then"] for each in it.rules] == [{"wire": "reply-lost"}],
        verb=ADD,
    ),
    "delete a rule": Action(
        "rules",
        "Delete",
        lambda it: len(it.rules) == 0,
        verb="Delete it",
        before=lambda it: it.rules.add(actions.http(503), name="down"),
    ),
    "sample": Action("overview", "Send a sample message", lambda it: len(it.outbox) == 2, has_dialog=False),
}


@pytest.mark.parametrize("action", ACTIONS.values(), ids=ACTIONS)
def test_an_action(open_page, tenant, action):
    tenant.clock.freeze("2026-11-21T08:00:00Z")
    tenant.profile = "by-hand"
    send(tenant.soap_url(), To="+4711", Content="hei")
    action.before(tenant)
    page = open_page(f"{tenant.name}/{action.view}")
    button = page.get_by_role("main").get_by_role("button", name=action.button, exact=True)
    if action.has_dialog:
        button.click()
        dialog = page.get_by_role("dialog")
        page.keyboard.press("Escape")
        dialog.wait_for(state="detached")
    press(button)
    if action.has_dialog:
        for label, value in action.fields.items():
            control = dialog.get_by_label(label)
            if control.evaluate("element => element.tagName") == "SELECT":
                control.select_option(value)
            else:
                control.fill(value)
        press(dialog.get_by_role("button", name=action.confirms, exact=True))
        dialog.wait_for(state="detached")
    else:
        page.get_by_role("link", name="Look at it").wait_for()
    assert action.done(tenant)


@pytest.mark.parametrize("view", ["outbox/1", "overview", "rules", "state"])
def test_every_action_is_reached_by_the_tabulator(open_page, tenant, view):
    tenant.profile = "by-hand"
    tenant.clock.freeze()
    send(tenant.soap_url())
    tenant.snapshot("before")
    tenant.rules.add(actions.http(503), name="down")
    page = open_page(f"{tenant.name}/{view}")
    here = [each for each in ACTIONS.values() if each.view == view and each.button != "Freeze"]
    page.get_by_role("main").get_by_role("button", name=here[0].button, exact=True).wait_for()
    assert {each.button for each in here} <= reached(page)
    if here[0].has_dialog:
        page.get_by_role("main").get_by_role("button", name=here[0].button, exact=True).press("Enter")
        assert here[0].confirms in reached(page)


def test_nothing_is_done_before_it_is_confirmed(open_page, tenant):
    send(tenant.soap_url())
    page = open_page(f"{tenant.name}/state")
    page.get_by_role("button", name="Reset", exact=True).click()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert len(tenant.outbox) == 1


def test_what_cannot_be_done_is_said_in_the_dialog(open_page, tenant):
    tenant.profile = "never"
    send(tenant.soap_url())
    page = open_page(f"{tenant.name}/state")
    page.get_by_role("button", name="Move forward").click()
    expect(page.get_by_label("JSON")).not_to_be_editable()
    page.get_by_label("Or another length").fill("soon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text('"soon"')
    page.get_by_label("Or another length").fill("1h")
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for(state="detached")


def test_an_action_says_and_shows_what_came_of_it(open_page, tenant):
    tenant.profile = "slow"
    tenant.clock.freeze("2026-11-21T08:00:00Z")
    send(tenant.soap_url())
    page = open_page(f"{tenant.name}/state")
    page.get_by_role("button", name="Move forward").click()
    page.get_by_role("dialog").get_by_role("button", name="Move forward").click()
    expect(page.locator("#toasts")).to_have_text("Events on the way: 1.")
    expect(page.locator(".facts time")).to_have_attribute("datetime", "2026-11-21T14:00:00.000000Z")


def test_a_rule_keeps_the_focus_while_calls_come(open_page, tenant):
    tenant.rules.add(actions.http(503), when={"operation": "GetPlugins"}, times=3)
    page = open_page(f"{tenant.name}/rules")
    expect(page.locator(".rules .card")).to_contain_text("answered 0 of 3")
    page.get_by_role("button", name="Delete").focus()
    send(tenant.soap_url())
    expect(page.locator("#count-journal")).to_have_text("1")
    expect(page.get_by_role("button", name="Delete")).to_be_focused()


def test_an_action_is_shown_as_the_same_call_in_python(open_page, running, tenant):
    send(tenant.soap_url(), To="+4711")
    page = open_page(f"{tenant.name}/rules")
    page.get_by_role("button", name="Add a rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("To").fill("+4711")
    dialog.get_by_label("Content contains").fill('it\'s "quoted" åäö')
    json = dialog.get_by_label("JSON")
    json.fill(json.input_value().replace('"times": 1', '"times": 2'))
    expect(dialog.locator(".snippet code").nth(0)).to_contain_text(f"curl '{running.url}/_mock/v1/tenants/")
    python = dialog.locator(".snippet code").nth(1).text_content()
    eval(python, {"double": running})  # noqa: S307 - what the page says is to run
    (rule,) = tenant.rules
    when = {"operation": "SendMessages", "to": "+4711", "content": {"contains": 'it\'s "quoted" åäö'}}
    assert shown(tenant, rule.name)["when"] == when
    assert shown(tenant, rule.name)["times"] == 2


@pytest.mark.parametrize("auth", ["onsite", "online"])
def test_a_sample_message_has_a_ticket_where_one_is_needed(open_page, tenant, auth):
    tenant.auth = auth
    page = open_page(f"{tenant.name}/overview")
    page.get_by_label("Text").fill("R&D <3")
    page.get_by_role("button", name="Send a sample message").click()
    page.get_by_role("link", name="Look at it").click()
    expect(page.locator(".detail > header h2")).to_contain_text("+447700900001")
    expect(page.locator(".bubble > p")).to_have_text("R&D <3")


@pytest.mark.parametrize("token", ["sesame", "sesame-of-one"])
def test_a_double_with_a_token_asks_for_it_once(chromium, token):
    with MessagingDouble(control_token="sesame", tenant_tokens={"Cust1": "sesame-of-one"}) as double:  # noqa: S106
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{double.url}/#/Cust1/outbox")
        page.get_by_role("textbox", name="Token").fill(f"{token} ")
        page.keyboard.press("Enter")
        page.locator("#live.live").wait_for()
        send(f"{double.url}/Cust1/Remote/Services88/Messaging.svc", To="+4711")
        expect(page.locator(".rows li")).to_contain_text("+4711")
        context.close()


def test_a_wrong_token_is_asked_for_again(chromium):
    with MessagingDouble(control_token="sesame") as double:  # noqa: S106
        context = chromium.new_context()
        page = context.new_page()
        page.goto(double.url)
        for wrong in ("simsim", "\u05e1\u05d5\u05de\u05e1\u05d5\u05dd"):
            expect(page.get_by_role("textbox", name="Token")).to_have_value("")
            page.get_by_role("textbox", name="Token").fill(wrong)
            page.keyboard.press("Enter")
            expect(page.get_by_role("dialog")).to_contain_text("has another token")
        context.close()


def test_with_the_token_of_a_tenant_the_overview_shows_that_tenant_only(chromium):
    with MessagingDouble(control_token="sesame", tenant_tokens={"Cust1": "of-one"}) as double:  # noqa: S106
        for tenant in ("Cust1", "Cust2"):
            send(f"{double.url}/{tenant}/Remote/Services88/Messaging.svc", To="+4711")
        context = chromium.new_context()
        page = context.new_page()
        page.goto(double.url)
        page.get_by_role("textbox", name="Token").fill("of-one")
        page.keyboard.press("Enter")
        page.locator("#live.polling").wait_for()
        expect(page.locator("#tenant option")).to_have_text(["Cust1", "Another tenant …"])
        context.close()


def test_rules_and_snapshots_are_shown_as_a_test_makes_and_deletes_them(tenant, open_page):
    page = open_page(f"{tenant.name}/rules")
    rules = page.locator("li.card")
    for count, name in enumerate(("first", "second"), 1):
        tenant.rules.add(actions.http(503), name=name)
        expect(rules).to_have_count(count)
    tenant.rules.clear()
    expect(rules).to_have_count(0)

    page = open_page(f"{tenant.name}/state")
    tenant.snapshot("before")
    expect(page.get_by_text("before")).to_be_visible()
    tenant.delete_snapshot("before")
    expect(page.get_by_text("before")).to_have_count(0)
