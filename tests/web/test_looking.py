"""What the page shows: messages as they come, conversations, what was on the wire and why."""

from __future__ import annotations

import re
import shlex
import subprocess
from urllib.error import HTTPError

import pytest
from support.soap_calls import call, create, send

from messaging_double.client import MessagingDouble, actions, pattern

expect = pytest.importorskip("playwright.sync_api").expect


def row(page, text: str):
    return page.locator(".rows li", has_text=text)


def test_a_message_is_seen_in_two_tabs_as_soon_as_it_was_sent(open_page, tenant):
    tabs = [open_page(f"{tenant.name}/outbox") for _ in range(2)]
    send(tenant.soap_url(), To="+4711", Content="God morgen!")
    for tab in tabs:
        expect(row(tab, "God morgen!")).to_contain_text("+4711")
        expect(tab.locator("#count-outbox")).to_have_text("1")
        expect(tab.locator("#count-inbox")).to_have_text("")
        expect(tab.locator("h1 .total")).to_have_text("1")
        expect(tab.get_by_text("No message was sent")).to_be_hidden()


def test_the_page_begins_with_a_tenant_that_has_messages(open_page):
    with MessagingDouble() as double:
        create(double.tenant("Cust1").soap_url())
        send(double.tenant("Cust2").soap_url())
        page = open_page("", double.url)
        expect(page).to_have_url(f"{double.url}/#/Cust2/overview")
        expect(page.get_by_label("Base URL")).to_have_text(f"{double.url}/Cust2")
        page.goto(f"{double.url}/#/default")
        expect(page.get_by_label("Base URL")).to_have_text(double.url)
        page.goto("about:blank")


def test_its_status_changes_as_its_delivery_goes_on(open_page, tenant):
    tenant.profile = "by-hand"
    tenant.clock.freeze("2020-01-02T08:00:00Z")
    send(tenant.soap_url(), To="+4711")
    page = open_page(f"{tenant.name}/outbox/1")
    expect(row(page, "+4711").locator("time")).to_have_text("2 Jan, 08:00")
    expect(row(page, "+4711")).to_contain_text("sent")
    tenant.set_status(1, "failed", "No such number")
    expect(row(page, "+4711")).to_contain_text("failed")
    expect(page.locator(".timeline li")).to_contain_text(["sent", "No such number"])


def test_what_is_due_later_is_shown_when_it_is_due(open_page, tenant):
    tenant.profile = "slow"
    tenant.clock.freeze()
    send(tenant.soap_url(), To="+4711")
    page = open_page(f"{tenant.name}/outbox")
    tenant.clock.shift("299s")
    expect(row(page, "+4711")).to_contain_text("delivered")


def test_a_tenant_that_was_reset_is_shown_empty_and_then_goes_on(open_page, tenant):
    send(tenant.soap_url(), To="+4711")
    page = open_page(f"{tenant.name}/outbox")
    expect(row(page, "+4711")).to_be_visible()
    tenant.reset()
    expect(page.get_by_text("No message was sent")).to_be_visible()
    tenant.delete()
    send(tenant.soap_url(), To="+4712")
    expect(row(page, "+4712")).to_be_visible()


def test_a_search_is_the_api_s_filter_and_stands_in_the_address(open_page, tenant):
    for to, content in (("+4711", "code 1"), ("+4611", "code 2"), ("+4712", "no")):
        send(tenant.soap_url(), To=to, Content=content)
    page = open_page(f"{tenant.name}/outbox")
    page.get_by_role("searchbox").fill("code to.pattern=+47*")
    page.keyboard.press("Enter")
    expect(page.locator(".rows li")).to_have_count(1)
    assert page.url.endswith("?to.pattern=%2B47*&contains=code")
    again = open_page(page.url.partition("#/")[2])
    expect(again.locator(".rows li")).to_have_count(1)
    expect(again.get_by_role("searchbox")).to_have_value("to.pattern=+47* code")
    again.get_by_role("searchbox").fill('content="code 2"')
    again.keyboard.press("Enter")
    expect(row(again, "+4611")).to_be_visible()
    expect(again.get_by_role("searchbox")).to_have_value('content="code 2"')
    again.get_by_label("Filter").select_option("failed")
    expect(again.get_by_text("Nothing meets this filter")).to_be_visible()


def test_an_address_with_a_percent_sign_of_its_own_is_one(open_page, tenant):
    page = open_page(f"{tenant.name}/outbox")
    page.goto(f"{page.url.partition('#')[0]}#/100%/rules")
    expect(page.get_by_role("heading", name="Rules")).to_be_visible()
    expect(page.locator("#tenant")).to_have_value("100%")


def test_the_boxes_have_filters_to_choose_from(open_page, tenant):
    send(tenant.soap_url(), To="+4711")
    create(tenant.soap_url(), From="+4712", Content="in")
    page = open_page(f"{tenant.name}/inbox")
    page.get_by_label("Filter").select_option("Replies")
    expect(page.get_by_text("Nothing meets this filter")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    row(page, "+4712").click()
    expect(page.locator(".bubble")).to_contain_text("in")


def test_a_message_has_its_conversation_its_history_its_config_and_its_call(open_page, tenant):
    send(tenant.soap_url(), config={"cm_username": "ole"}, To="+4711", Content="Coming?", SuggestedSessionKey="dinner")
    for time in ("eight", "nine"):
        tenant.reply(1, f"At {time}")
    send(tenant.soap_url(), To="+4711", Content="Fine", ParentMessagingId=1)
    page = open_page(f"{tenant.name}/outbox/1")
    expect(page.locator(".bubble")).to_contain_text(["Coming?", "At eight", "At nine", "Fine"])
    expect(page.locator(".bubble[aria-current]")).to_contain_text("Coming?")
    expect(page.locator(".bubble.came-in")).to_contain_text(["At eight", "At nine"])
    expect(page.locator(".detail")).to_contain_text("cm_username")
    page.get_by_role("link", name="exchange 1").click()
    expect(page.locator(".detail > header h2")).to_contain_text("SendMessagesWithConfig")
    assert page.url.endswith("/journal/1")
    page.goto(page.url.replace("journal/1", "inbox/2"))
    expect(page.locator(".bubble[aria-current]")).to_have_text(re.compile("At nine"))


SEGMENTS = {
    "x" * 160: "160 characters, 1 SMS",
    "x" * 161: "161 characters, 2 SMS",
    "x" * 307: "307 characters, 3 SMS",
    "€" * 80: "160 characters, 1 SMS",
    "€" * 81: "162 characters, 2 SMS",
    "š" * 70: "70 characters, 1 SMS",
    "š" * 71: "71 characters, 2 SMS",
    "š" * 135: "135 characters, 3 SMS",
}


def test_a_text_says_how_many_short_messages_it_takes(open_page, tenant):
    for text in SEGMENTS:
        send(tenant.soap_url(), Content=text, SuggestedSessionKey="one")
    page = open_page(f"{tenant.name}/outbox/1")
    expect(page.locator(".bubble > small")).to_contain_text([*SEGMENTS.values()])


def test_what_was_tolerated_is_marked_where_it_stands(open_page, tenant):
    call(
        tenant.soap_url(),
        "SendMessages",
        '<SendMessages xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88"><OutgoingMessages>'
        "<OutgoingMessage><Content>a</Content><To>+4711</To><Nothing/></OutgoingMessage>"
        "<OutgoingMessage><Nothing/></OutgoingMessage></OutgoingMessages>"
        "</SendMessages>",
    )
    page = open_page(f"{tenant.name}/journal/1")
    expect(page.get_by_label("Request: body").locator("mark").nth(0)).to_contain_text("To")
    expect(page.get_by_label("Request: body").locator("mark").nth(1)).to_contain_text("Nothing")
    expect(page.get_by_label("Request: body").locator("mark")).to_have_count(2)
    expect(page.locator(".notes li")).to_contain_text(["Nothing is not in the contract"])
    expect(page.get_by_role("button", name="Show where")).to_have_count(2)


def test_a_refused_call_says_why_and_copies_as_curl(open_page, tenant):
    with pytest.raises(HTTPError) as refused:
        call(tenant.soap_url(), "SendMessages", "<Wrong xmlns='it&apos;s'/>")
    refused.value.close()
    page = open_page(f"{tenant.name}/journal?refused.any=true")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row(page, "SendMessages").click()
    expect(page.locator(".notice")).to_contain_text("Wrong")
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    words = shlex.split(page.evaluate("navigator.clipboard.readText()"))
    answer = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout
    assert answer.startswith("HTTP/1.1 500")
    assert (tenant.journal.request_body(1)) == tenant.journal.request_body(2)


def test_a_ticket_is_masked_until_somebody_asks_for_the_raw_request(open_page, tenant):
    call(
        tenant.soap_url(),
        "GetPlugins",
        '<GetPlugins xmlns="http://www.superoffice.net/ws/crm/NetServer/Services88"><Ticket>7T:x</Ticket></GetPlugins>',
    )
    page = open_page(f"{tenant.name}/journal/1")
    body = page.get_by_label("Request: body")
    expect(body).to_contain_text("<Ticket>masked, see Raw</Ticket>")
    expect(body).not_to_contain_text("7T:x")
    page.locator(".wires .card").nth(0).get_by_label("Raw").check()
    expect(body).to_contain_text("7T:x")


def test_request_and_response_are_shown_raw_too(open_page, tenant):
    send(tenant.soap_url(), To="+4711")
    page = open_page(f"{tenant.name}/journal/1")
    request, response = page.locator(".wires .card").nth(0), page.locator(".wires .card").nth(1)
    expect(request).to_contain_text("Content-Type: ")
    request.get_by_label("Raw").check()
    expect(request.get_by_label("Request: body")).to_contain_text("POST /")
    expect(request.get_by_label("Request: head")).to_be_hidden()
    response.get_by_label("Raw").check()
    expect(response.get_by_label("Response: body")).to_contain_text("HTTP/1.1 200 OK")


def test_a_rule_that_did_not_apply_says_which_criterion_was_not_met(open_page, tenant):
    tenant.rules.add(actions.http(503), when={"operation": "SendMessages", "to": pattern("+46*")}, name="Swedes")
    send(tenant.soap_url(), To="+4711")
    page = open_page(f"{tenant.name}/journal/1")
    expect(page.locator(".near > li")).to_contain_text("Swedes")
    expect(page.locator(".near .yes")).to_contain_text("operation")
    expect(page.locator(".near .no")).to_contain_text('to expected {"pattern":"+46*"}, found "+4711"')


def test_a_rule_that_answered_is_named_with_what_it_did(open_page, tenant):
    tenant.rules.add(actions.http(503), name="down")
    with pytest.raises(HTTPError) as refused:
        send(tenant.soap_url())
    refused.value.close()
    page = open_page(f"{tenant.name}/journal/1")
    expect(page.locator(".card > p", has_text="Answered by")).to_have_text("Answered by down: http 503")


HOSTILE = (
    'javascript:alert(1)//<img src=x onerror=alert(1)><script>alert(1)</script>"><svg onload=alert(1)>'
    "\u202egnp.exe\u202c \u200bzero\u200bwidth\u2066"
)


def test_hostile_content_is_only_text(open_page, tenant):
    members = dict.fromkeys(("To", "From", "Content", "Format", "SuggestedSessionKey"), HOSTILE)
    send(tenant.soap_url(), plugin=HOSTILE, config={HOSTILE: HOSTILE}, **members)
    tenant.reply(1, HOSTILE)
    page = open_page(tenant.name)
    for place in ("outbox/1", "inbox/1", "journal/1", "rules", "state", "overview"):
        page.goto(f"{page.url.partition('#')[0]}#/{tenant.name}/{place}")
        page.reload()  # else what was shown before might be looked at
        expect(page.get_by_role("main")).to_contain_text(re.compile(".{40}", re.DOTALL))
        if "box" in place:
            expect(page.locator(".bubble").first).to_contain_text(HOSTILE)
        assert page.locator("main img, main script, main svg[onload]").count() == 0


def test_hidden_characters_are_shown_on_demand(open_page, tenant):
    send(tenant.soap_url(), To="+4711", Content="a\u200bb\u202ec")
    page = open_page(f"{tenant.name}/outbox/1")
    page.get_by_label("Show hidden characters (2)").check()
    expect(page.locator(".bubble")).to_contain_text("aU+200BbU+202Ec")


def test_a_megabyte_is_cut_until_somebody_asks_for_it(open_page, tenant):
    send(tenant.soap_url(), To="+4711", Content="x" * 1_000_000)
    page = open_page(f"{tenant.name}/outbox/1")
    page.get_by_role("button", name="Show all 1,000,000 characters").click()
    expect(page.get_by_role("button", name="Show all")).to_have_count(0)
    assert page.locator(".bubble").evaluate("bubble => bubble.textContent.length") > 1_000_000


def test_ten_thousand_messages_are_a_few_rows_of_the_document(open_page, tenant):
    tenant.load(outbox=[{"to": f"+47{number:08}", "content": f"message {number}"} for number in range(10_000)])
    page = open_page(f"{tenant.name}/outbox")
    expect(page.locator(".rows li").first).to_contain_text("message 9999")
    page.locator(".rows").evaluate("rows => { rows.scrollTop = rows.scrollHeight }")
    expect(row(page, "message 0").last).to_be_visible()
    assert page.locator(".rows li").count() < 60


def test_a_list_is_walked_through_by_keyboard(open_page, tenant):
    for number in range(5):
        send(tenant.soap_url(), To=f"+471{number}")
    page = open_page(f"{tenant.name}/outbox")
    row(page, "+4714").locator("a").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".detail > header h2")).to_contain_text("+4712")
    page.keyboard.press("Escape")
    assert "/outbox" in page.url
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_under_another_server_the_page_asks_every_second(open_page, other_server):
    page = open_page("Cust1/outbox", other_server)
    expect(page.locator("#live")).to_have_text("Polling")
    send(f"{other_server}/Cust1/Remote/Services88/Messaging.svc", To="+4711")
    expect(row(page, "+4711")).to_be_visible()
