"""Which tenant a URL means; and the law that tenants never meet, whatever they do in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.double import Double
from support.envelopes import NIL, action_of, envelope, operation, outgoing


@pytest.mark.parametrize(
    ("path", "tenant"),
    [
        ("/Remote/Services88/Messaging.svc", "default"),
        ("/Default/Remote/Services88/Messaging.svc", "default"),
        ("/Cust12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/CUST12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/cust12345/remote/services88/messaging.svc", "Cust12345"),
        ("/any/Cust12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/Cust1/Cust12345/Remote/Services88/Messaging.svc", "Cust12345"),
        ("/Cust12345/Sales/Remote/Services88/Messaging.svc", "sales"),
        ("/Sales/Remote/Services88/Messaging.svc", "sales"),
        ("/CustABC/Remote/Services88/Messaging.svc", "custabc"),
        ("/Remote/Remote/Services88/Messaging.svc", "remote"),
        ("/a%20b%26%C3%86/Remote/Services88/Messaging.svc", "a b&æ"),
        (f"/{'A' * 255}/Remote/Services88/Messaging.svc", "a" * 255),
        (f"/Cust{'1' * 252}/Remote/Services88/Messaging.svc", f"cust{'1' * 218}~41b964a7991b37c24b4133e258070ae6"),
    ],
)
def test_the_tenant_is_the_last_segment_before_remote_its_case_folded(either_double, path, tenant) -> None:
    document = envelope(operation("SendMessages", Plugin="CM", OutgoingMessages=[outgoing()]))
    action = {"Content-Type": "text/xml", "SOAPAction": action_of("SendMessages")}
    answer = either_double.request("POST", path, document, action)
    assert answer.succeeded
    assert answer.call.tenant == tenant
    assert len(either_double.outbox(tenant)) == 1
    assert len(either_double.outbox(tenant.upper())) == 1


TENANTS = st.sampled_from(["Cust1", "Cust2", "Cust12", "default", "sales"])
SPELLINGS = st.sampled_from([str, str.upper, str.lower, lambda name: f"any/{name}"])


class Tenants(RuleBasedStateMachine):
    """Some tenants of one double, and what each of them should have."""

    def __init__(self) -> None:
        super().__init__()
        self.double = Double(profile="never")
        self.sent: dict[str, list[list]] = {}
        self.came: dict[str, list] = {}
        self.unmatched: dict[str, int] = {}

    def teardown(self) -> None:
        self.double.close()

    @rule(tenant=TENANTS, spelled=SPELLINGS, count=st.integers(0, 3))
    def send(self, tenant, spelled, count) -> None:
        messages = [outgoing(To=f"{tenant}-{number}") for number in range(count)]
        answer = self.double.send(*messages, tenant=spelled(tenant))
        box = self.sent.setdefault(tenant, [])
        assert answer.messaging_ids == list(range(len(box) + 1, len(box) + count + 1))
        box.extend([f"{tenant}-{number}", 1] for number in range(count))

    @rule(tenant=TENANTS, bad=st.sampled_from(["nil", "int"]))
    def fail_to_send(self, tenant, bad) -> None:
        messages = [outgoing(), '<OutgoingMessage i:nil="true"/>' if bad == "nil" else outgoing(ParentMessagingId="x")]
        self.double.send(*messages, tenant=tenant)

    @rule(tenant=TENANTS, content=st.integers(0, 9))
    def create(self, tenant, content) -> None:
        self.double.create(tenant=tenant, Content=str(content))
        self.came.setdefault(tenant, []).append(str(content))

    @precondition(lambda self: any(self.sent.values()))
    @rule(data=st.data(), reporter=TENANTS, status=st.integers(-9, 9))
    def report(self, data, reporter, status) -> None:
        owner = data.draw(st.sampled_from(sorted(name for name, box in self.sent.items() if box)))
        number = data.draw(st.integers(1, len(self.sent[owner])))
        key = self.double.get(f"/_mock/v1/tenants/{owner}/outbox/{number}").json["externalMessageId"]
        self.double.set_status("CM", key, status, NIL, tenant=reporter)
        if reporter == owner:
            self.sent[owner][number - 1][1] = status
        else:
            self.unmatched[reporter] = self.unmatched.get(reporter, 0) + 1

    @rule(tenant=TENANTS)
    def reset(self, tenant) -> None:
        self.double.reset(tenant)
        for kept in (self.sent, self.came, self.unmatched):
            kept.pop(tenant, None)

    @rule(tenant=TENANTS, number=st.integers(1, 5))
    def ask(self, tenant, number) -> None:
        (status,) = self.double.get_status(number, tenant=tenant).statuses
        box = self.sent.get(tenant, [])
        assert status.status == (box[number - 1][1] if number <= len(box) else -1)

    @invariant()
    def everybody_has_what_is_theirs(self) -> None:
        for tenant in ("Cust1", "Cust2", "Cust12", "default", "sales"):
            outbox = self.double.outbox(tenant)
            assert [[each["to"], each["status"]] for each in reversed(outbox)] == self.sent.get(tenant, [])
            assert [each["content"] for each in reversed(self.double.inbox(tenant))] == self.came.get(tenant, [])
            assert len(self.double.reports(tenant)) == self.unmatched.get(tenant, 0)


Tenants.TestCase.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestTenantsNeverMeet = Tenants.TestCase
