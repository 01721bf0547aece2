"""The control API's URLs, something to show in its lists, and what its refusals look like."""

from .answers import Response
from .double import Double
from .envelopes import outgoing

OUTBOX = "/_mock/v1/tenants/default/outbox"
INBOX = "/_mock/v1/tenants/default/inbox"
REPORTS = "/_mock/v1/tenants/default/status-reports"


def fill(double: Double, count: int, tenant: str = "") -> None:
    """Put so many entries into each list of a tenant."""
    if count:
        double.send(*[outgoing(To=str(number)) for number in range(count)], tenant=tenant)
    for number in range(count):
        double.create(tenant=tenant, Content=str(number))
        double.set_status("CM", f"unknown-{number}", number, tenant=tenant)


def assert_problem(answer: Response, status: int, *words: str) -> None:
    """Check that an answer is a refusal in JSON that says what is wrong, and what would be right."""
    assert answer.status == status, answer
    assert answer.content_type == "application/json"
    assert list(answer.json) == ["error", "hint"]
    assert all(answer.json.values())
    for word in words:
        assert word in answer.json["error"] + answer.json["hint"], answer.json
