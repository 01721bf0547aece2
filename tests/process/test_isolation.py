"""Many tenants at once, each as if it were alone."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

from .support.client import Client

THREADS, TENANTS = 16, 50
NAMES = [f"Cust{number}" for number in range(1, TENANTS + 1)]


def _send_to_all(url: str, thread: int) -> list[tuple[str, int, str]]:
    """Send one message to each tenant, beginning with another one than the other threads."""
    with contextlib.closing(Client(url)) as client:
        order = NAMES[thread:] + NAMES[:thread]
        contents = {tenant: f"thread {thread} to {tenant}" for tenant in order}
        return [(tenant, *client.send(tenant, content), content) for tenant, content in contents.items()]


def test_tenants_see_only_their_own_and_a_reset_of_one_leaves_the_others_untouched(serve, client):
    double = serve("--log-level", "warning")
    with ThreadPoolExecutor(THREADS) as threads:
        sent = [
            each for some in threads.map(lambda one: _send_to_all(double.url, one), range(THREADS)) for each in some
        ]
    looker = client(double)

    def seen(tenant: str) -> dict[int, str]:
        return {each["messagingId"]: each["content"] for each in looker.outbox(tenant)}

    before = {tenant: seen(tenant) for tenant in NAMES}
    for tenant in NAMES:
        assert before[tenant] == {number: content for name, number, content in sent if name == tenant}
        assert sorted(before[tenant]) == list(range(1, THREADS + 1))
        assert looker.control(f"{tenant}/journal?limit=1")["total"] == THREADS

    assert looker.ask("POST", "/_mock/v1/tenants/Cust7/reset")[0] == 204
    assert seen("Cust7") == {}
    assert {tenant: seen(tenant) for tenant in NAMES if tenant != "Cust7"} == {
        tenant: found for tenant, found in before.items() if tenant != "Cust7"
    }
    assert looker.send("Cust7", "anew") == [1]
    assert double.stderr == ""
