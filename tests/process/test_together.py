"""Calls that come at once are carried out together on PostgreSQL, and none depends on the others."""

from contextlib import closing
from itertools import count
from typing import Any

import pytest
from support.envelopes import sending
from support.processes import ServedDouble
from support.sockets import SENDING, Client, Response, path_of, until

from messaging_double.storage import Storage

MESSAGE = sending("x")
TENANTS = (f"Cust{number}" for number in count(1))


@pytest.fixture(scope="module")
def double(postgres, tmp_path_factory):
    """Return a double that refuses messages without a plugin, and more than 600."""
    flags = ("--database", url := postgres.schema(), "--empty-plugin", "error", "--max-messages", "600")
    with ServedDouble(tmp_path_factory.mktemp("together"), *flags) as double:
        double.database = url  # type: ignore[attr-defined]
        yield double


@pytest.fixture
def tenant():
    return next(TENANTS)


@pytest.fixture
def of_tenant(connect, double, tenant):
    """Ask for something of the tenant, by the control API."""
    client = connect(double)
    return lambda rest, *how: client.control(f"{tenant}/{rest}", *how)


@pytest.fixture
def ask_at_once(connect, double, tenant):
    """Send bodies, each by a client of its own, while another process writes; the first ``gone`` of them hang up."""
    from support.postgres import writing_elsewhere  # noqa: PLC0415 - not on Windows

    def ask(bodies, gone=0):
        clients = [connect(double) for _ in bodies]
        with closing(Storage.open(double.database)) as storage, writing_elsewhere(storage, tenant):
            for client, body in zip(clients, bodies, strict=True):
                send(client, tenant, body)
            for client in clients[:gone]:
                client.reset()
            assert connect(double).ask("GET", "/livez").status == 200  # they were read before it
        return clients[gone:]

    return ask


def send(client: Client, tenant: str, body: bytes) -> None:
    fields = {"Host": "a", **SENDING, "Content-Length": str(len(body))}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    client.send(f"POST {path_of(tenant)} HTTP/1.1\r\n{head}\r\n".encode() + body)


def is_success(response: Response) -> bool:
    return response.status == 200 and b"MessagingId>" in response.body


def test_they_share_a_transaction_and_each_gets_an_id_of_its_own(ask_at_once, of_tenant, double, postgres, tenant):
    answers = [client.response() for client in ask_at_once([MESSAGE] * 20)]
    assert all(map(is_success, answers))
    assert len({answer.body for answer in answers}) == 20
    kept = of_tenant("outbox?limit=100")["messages"]
    assert sorted(each["messagingId"] for each in kept) == list(range(1, 21))
    assert transactions_of(postgres, double, tenant) < 10
    until(lambda: of_tenant("journal?limit=1")["total"] == 20)


def transactions_of(postgres: Any, double: Any, tenant: str) -> int:
    table = double.database.rpartition("%3D")[2] + ".outgoing_message"
    statement = f"SELECT count(DISTINCT xmin::text) FROM {table} WHERE tenant = '{tenant}'"  # noqa: S608
    ((transactions,),) = postgres.execute(statement)
    return transactions  # type: ignore[no-any-return]


def test_they_share_a_transaction_where_something_is_due(ask_at_once, of_tenant, double, postgres, tenant):
    of_tenant("profile", "PUT", {"profile": "slow"})
    of_tenant("clock", "PUT", {"mode": "frozen", "now": "2020-01-01T00:00:00Z"})
    assert all(is_success(client.response()) for client in ask_at_once([MESSAGE]))
    of_tenant("clock", "PUT", {"mode": "real"})
    assert all(is_success(client.response()) for client in ask_at_once([MESSAGE] * 20))
    assert transactions_of(postgres, double, tenant) < 10
    assert len(of_tenant("outbox/1")["statuses"]) == 2


def test_each_has_its_own_transaction_where_it_uses_tickets_of_another_tenant(
    ask_at_once, of_tenant, double, postgres, tenant
):
    of_tenant("auth", "PUT", {"auth": "onsite"})
    with Client(double.url) as other:
        tickets = [other.control("other/tickets", "POST", {"user": "ole"})["ticket"] for _ in range(2)]
        answers = [client.response() for client in ask_at_once([sending("x", ticket=each) for each in tickets * 3])]
        assert all(map(is_success, answers))
        assert transactions_of(postgres, double, tenant) == 6
        assert [each["uses"] for each in other.control("other/tickets")["tickets"]] == [3, 3]


def test_when_others_write_for_too_long_each_fails_by_itself(connect, double, tenant, tmp_path):
    from support.postgres import writing_elsewhere  # noqa: PLC0415 - not on Windows

    impatient = f"{double.database}%20-c%20statement_timeout%3D200"
    with ServedDouble(tmp_path, "--database", impatient) as other:
        clients = [connect(other) for _ in range(4)]
        with closing(Storage.open(double.database)) as storage, writing_elsewhere(storage, tenant):
            for client, body in zip(clients, [MESSAGE, MESSAGE, b"<not XML", MESSAGE], strict=True):
                send(client, tenant, body)
            answers = [client.response() for client in clients]
        assert [answer.status for answer in answers] == [500, 500, 400, 500]
        assert all(b"InternalServiceFault" in answer.body for answer in answers if answer.status == 500)
        until(lambda: connect(other).control(f"{tenant}/journal?limit=1")["total"] == 4)
        assert connect(other).control(f"{tenant}/outbox?limit=1")["total"] == 0


@pytest.fixture
def _a_commit_fails(double, postgres, tenant):
    """End the connection of the first transaction that has added a message to the tenant, at its commit."""
    schema = double.database.rpartition("%3D")[2]
    postgres.execute(f"""
        CREATE SEQUENCE {schema}.commits;
        CREATE FUNCTION {schema}.end_first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('{schema}.commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER end_first AFTER INSERT ON {schema}.outgoing_message DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW WHEN (NEW.tenant = '{tenant}') EXECUTE FUNCTION {schema}.end_first()
    """)
    yield
    postgres.execute(f"DROP TRIGGER end_first ON {schema}.outgoing_message")


@pytest.mark.usefixtures("_a_commit_fails")
def test_a_call_whose_commit_fails_is_not_carried_out_again(connect, double, tenant, of_tenant):
    client = connect(double)
    send(client, tenant, MESSAGE)
    assert client.response().status == 503  # it may have been kept
    until(lambda: connect(double).ask("GET", "/readyz").status == 200)
    assert of_tenant("outbox?limit=1")["total"] == 0


BAD = {
    "refused in-band": (sending("x", plugin=""), 200),
    "not XML": (b"<", 400),
    "another operation's element": (MESSAGE.replace(b"SendMessages>", b"CreateMessages>"), 500),
    "too large to be shared": (sending(*["x"] * 501), 200),
}


@pytest.mark.parametrize("case", BAD)
def test_a_call_that_is_not_like_the_others_leaves_them_alone(ask_at_once, of_tenant, case):
    body, status = BAD[case]
    clients = ask_at_once([MESSAGE, MESSAGE, body, MESSAGE, MESSAGE])
    first, second, bad, *others = [client.response() for client in clients]
    assert all(map(is_success, (first, second, *others)))
    assert bad.status == status
    assert of_tenant("outbox?limit=1")["total"] == 4 + (501 if is_success(bad) else 0)


@pytest.fixture
def alone(of_tenant):
    """Return a call that cannot share a transaction: it is refused after a rule has counted it."""
    of_tenant(
        "rules", "POST", {"name": "any", "when": {"operation": "SendMessages"}, "then": {"status": {"status": 42}}}
    )
    return sending("x", plugin="")


def test_a_call_that_cannot_share_a_transaction_undoes_no_other(ask_at_once, of_tenant, alone):
    answers = [client.response() for client in ask_at_once([MESSAGE, alone, MESSAGE, alone, MESSAGE])]
    assert [is_success(answer) for answer in answers] == [True, False, True, False, True]
    assert [each["status"] for each in of_tenant("outbox")["messages"]] == [42] * 3
    assert of_tenant("rules/any")["used"] == 5


def test_a_call_has_one_request_id_although_it_is_carried_out_again_alone(ask_at_once, of_tenant, alone):
    for bodies in ([MESSAGE], [MESSAGE, MESSAGE, alone]):
        assert [client.response().status for client in ask_at_once(bodies)] == [200] * len(bodies)
    until(lambda: of_tenant("journal?limit=1")["total"] == 4)
    numbers = sorted(int(each["requestId"].rpartition("-")[2]) for each in of_tenant("journal")["exchanges"])
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_a_rule_concerns_as_many_of_them_as_it_says(ask_at_once, of_tenant):
    rule = {"name": "twice", "when": {"operation": "SendMessages"}, "then": {"fault": {"text": "no"}}, "times": 2}
    of_tenant("rules", "POST", rule)
    statuses = [client.response().status for client in ask_at_once([MESSAGE] * 6)]
    assert sorted(statuses) == [200] * 4 + [500] * 2
    assert of_tenant("rules/twice")["used"] == 2
    assert of_tenant("outbox?limit=1")["total"] == 4


def test_each_that_is_beyond_a_bound_is_counted_once(connect, double, ask_at_once, of_tenant):
    (first,) = ask_at_once([sending(*["x"] * 598)])
    assert first.response().status == 200
    of_tenant("rules", "POST", {"name": "any", "then": {"status": {"status": 42}}})  # it counts each, so all are undone
    answers = [client.response() for client in ask_at_once([MESSAGE] * 6)]
    assert sum(map(is_success, answers)) == 2
    assert of_tenant("outbox?limit=1")["total"] == 600
    assert b"\nmessaging_double_refused_messages_total 4\n" in connect(double).ask("GET", "/metrics").body


@pytest.mark.parametrize("is_alone", [False, True], ids=["together", "alone"])
def test_one_whose_client_is_gone_is_kept_as_the_others_are(ask_at_once, of_tenant, alone, is_alone):
    clients = ask_at_once([MESSAGE, MESSAGE, MESSAGE, alone if is_alone else MESSAGE], gone=1)
    assert [client.response().status for client in clients] == [200] * 3
    until(lambda: of_tenant("journal?limit=1")["total"] == 4)
    assert of_tenant("outbox?limit=1")["total"] == 4 - is_alone
