"""Everything that the control API can do is done by the client."""

import re
from urllib.parse import urlsplit

from support.proxy import RecordingProxy
from support.soap_calls import call, send

from messaging_double.client import MessagingDouble, actions

FOR_PEOPLE = {"index", "mockIndex", "versionIndex", "watchTenant", "watchTenants", "exchangeOfMessage", "compareRules"}
NOT_FOR_TESTS = {"livez", "readyz", "metrics", *FOR_PEOPLE}


def use_everything(double: MessagingDouble, tenant) -> None:
    double.reset_all()
    double.delete_all()
    for ask in (double.tenants, double.settings, double.profiles, double.magic, double.faults, double.health):
        ask()
    send(tenant.soap_url())
    call(tenant.soap_url(), "SetDeliveryStatus", Plugin="CM", ExternalMessageId="a", Status=2)
    tenant.profile = "by-hand"
    send(tenant.soap_url())
    message = tenant.wait_for()
    tenant.step(message)
    tenant.set_status(message, "delivered")
    tenant.reply(message, "Takk!")
    tenant.thread(message.session_key)
    tenant.clock.freeze()
    tenant.clock.advance("1h")
    tenant.clock.real()
    assert tenant.clock.mode == "real"
    use_lists(tenant)
    use_rules_and_tickets(tenant)
    tenant.snapshot()
    tenant.restore()
    tenant.snapshots()
    tenant.delete_snapshot()
    tenant.state()
    tenant.load()
    tenant.reset()
    tenant.delete()


def use_lists(tenant) -> None:
    for box in (tenant.outbox, tenant.inbox, tenant.status_reports, tenant.journal):
        box()
        box.get(1)
        box.latest()
    for give in (tenant.journal.request_bytes, tenant.journal.response_bytes):
        give(1)
    for give in (tenant.journal.request_body, tenant.journal.response_body):
        give(1)
    for box in (tenant.outbox, tenant.inbox, tenant.status_reports):
        box.delete(1)
    for box in (tenant.outbox, tenant.inbox, tenant.status_reports, tenant.journal):
        box.clear()


def use_rules_and_tickets(tenant) -> None:
    rule = tenant.rules.add(actions.http(503), name="down")
    tenant.rules.put("down", actions.http(500))
    assert rule.used == 0
    assert len(tenant.rules) == 1
    rule.delete()
    tenant.rules.clear()
    tenant.auth = "onsite"
    assert tenant.auth == "onsite"
    ticket = tenant.tickets.issue("ole")
    tenant.tickets.get(ticket.number)
    tenant.tickets.expire(ticket.number)
    tenant.tickets.revoke(ticket.number)
    tenant.tickets.expire_all()
    assert len(tenant.tickets) == 1


def test_the_client_reaches_every_operation_of_the_control_api(running, tenant):
    address = ("127.0.0.1", urlsplit(running.url).port)
    with RecordingProxy(address) as proxy, MessagingDouble.at(f"http://127.0.0.1:{proxy.address[1]}") as double:
        paths = double.openapi()["paths"]
        use_everything(double, double.tenant(tenant.name))
        sent = b"".join(each.from_client for each in proxy.seen).decode()
    asked = re.findall(r"([A-Z]+) ([^ ?]+)\S* HTTP/1.1\r\n", sent)
    missing = {
        operation["operationId"]
        for path, methods in paths.items()
        for method, operation in methods.items()
        if method != "parameters" and not any(is_at(path, method, *each) for each in asked)
    }
    assert missing == NOT_FOR_TESTS


def is_at(path: str, method: str, asked_method: str, asked_path: str) -> bool:
    pattern = re.sub(r"\\{[^}]*\\}", lambda found: r"\d+" if "d\\}" in found[0].lower() else "[^/]+", re.escape(path))
    return method.upper() == asked_method and re.fullmatch(pattern, asked_path) is not None
