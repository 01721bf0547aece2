"""A token of a tenant opens that tenant's part of the control API, and nothing of any other."""

from __future__ import annotations

import pytest
from support.control import assert_problem, fill
from support.openapi import operations_of

from messaging_double.client import ControlError, MessagingDouble
from messaging_double.server.cli import main
from messaging_double.server.settings import Settings, SettingsError

FOR_ALL, ONE, TWO, SHARED = "for-all", "of-one", "of-two", "of-both"
TOKENS = (("cust1", ONE), ("Cust2", TWO), ("Cust1", SHARED), ("CUST2", SHARED))
T = "/_mock/v1/tenants"
OPEN = {"listTenants", "listProfiles", "listMagic", "listFaults", "health", "openapi", "livez", "readyz", "metrics"}
"""Operations without a tenant in their URL that any token admits to."""


@pytest.fixture
def double(start_double):
    double = start_double(control_token=FOR_ALL, tenant_tokens=TOKENS)
    fill(double, 1, "Cust1")
    fill(double, 1, "Cust2")
    return double


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("token", "tenant", "status"),
    [
        (FOR_ALL, "Cust1", 200),
        (FOR_ALL, "Cust3", 200),
        (ONE, "Cust1", 200),
        (ONE, "CUST1", 200),
        (ONE, "Cust2", 403),
        (ONE, "Cust3", 403),
        (ONE, "Cust11", 403),
        (ONE, "default", 403),
        (TWO, "Cust2", 200),
        (TWO, "Cust1", 403),
        (SHARED, "Cust1", 200),
        (SHARED, "Cust2", 200),
        (SHARED, "Cust3", 403),
        ("unknown", "Cust1", 401),
        ("", "Cust1", 401),
    ],
)
def test_a_token_opens_its_tenants(double, token, tenant, status):
    assert double.request("GET", f"{T}/{tenant}/outbox", headers=bearer(token)).status == status


def test_every_operation_is_closed_to_the_token_of_another_tenant_but_those_that_are_of_no_tenant(double):
    document = double.get("/_mock/v1/openapi.json", **bearer(ONE)).json
    operations = list(operations_of(document))
    assert {each.id for each in operations} >= OPEN
    for each in operations:
        url = each.url("Cust2")
        answer = double.request(each.method, url, b"", {**bearer(ONE), "Content-Type": "application/json"})
        assert (answer.status != 403) == (each.id in OPEN), each
        if answer.status == 403:
            what = 'the tenant "Cust2"' if "{tenant}" in each.path else "what concerns all tenants"
            hint = f"it opens Cust1, at {T}/Cust1; the control-token opens everything"
            assert answer.json == {"error": f"this token does not open {what}", "hint": hint}
    assert double.request("GET", f"{T}/Cust2/outbox", headers=bearer(TWO)).json["total"] == 1


def test_the_list_of_tenants_has_those_that_the_token_opens(double):
    for token, names in ((ONE, ["Cust1"]), (SHARED, ["Cust1", "Cust2"]), (FOR_ALL, ["Cust1", "Cust2"])):
        listed = double.get(T, **bearer(token)).json["tenants"]
        assert [each["tenant"] for each in listed] == names


def test_an_unmet_expectation_tells_of_other_tenants_for_the_token_of_all_only(double):
    assert double.request("DELETE", f"{T}/Cust1", headers=bearer(FOR_ALL)).status == 204

    def hint(token: str) -> str:
        return double.request("POST", f"{T}/Cust1/verify", b"{}", bearer(token)).json["hint"]

    assert hint(FOR_ALL).endswith('or default without one; "Cust2" has 1 message')
    assert hint(ONE).endswith("or default without one")


def test_a_refused_write_changes_nothing(double):
    assert_problem(double.request("DELETE", f"{T}/Cust2", headers=bearer(ONE)), 403)
    assert_problem(double.request("POST", "/_mock/v1/reset", headers=bearer(ONE)), 403)
    assert double.get(f"{T}/Cust2/outbox", **bearer(FOR_ALL)).json["total"] == 1


def test_no_answer_and_no_log_repeats_a_token(double, caplog):
    caplog.set_level("DEBUG")
    for token in (ONE, FOR_ALL, "unknown"):
        for url in (f"{T}/Cust2/outbox", "/_mock/v1/settings"):
            said = double.get(url, **bearer(token)).body.decode()
            assert not [each for each in (FOR_ALL, ONE, TWO, SHARED, "unknown") if f'"{each}"' in said]
    assert ONE not in caplog.text
    assert ONE not in repr(Settings(control_token=FOR_ALL, tenant_tokens=TOKENS))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tenant_tokens": (("Cust1", "a"),)}, "tenant-tokens needs control-token"),
        ({"tenant_tokens": (("Cust1", "a"),), "control_token": "a"}, 'gives "Cust1" the control-token'),
    ],
)
def test_tokens_of_tenants_that_would_protect_nothing_are_refused(given, words):
    with pytest.raises(SettingsError, match=words):
        Settings(**given)


@pytest.fixture
def served():
    with MessagingDouble(control_token=FOR_ALL, tenant_tokens={"Cust1": ONE, "Cust2": TWO}) as double:
        yield double


def test_the_python_client_works_with_the_token_of_its_tenant(served):
    with MessagingDouble.at(served.url, ONE, tenant="Cust1") as double:
        double.reset()
        assert [each.name for each in double.tenants()] == []
        with pytest.raises(ControlError, match="does not open the tenant"):
            double.tenant("Cust2").reset()


def test_commands_work_with_the_token_of_their_tenant(served, capsys, monkeypatch):
    monkeypatch.setenv("MESSAGING_DOUBLE_CONTROL_TOKEN", ONE)
    assert main(["reset", "--url", served.url, "--tenant", "Cust1"]) == 0
    assert main(["outbox", "--url", served.url, "--tenant", "Cust1"]) == 0
    assert main(["outbox", "--url", served.url, "--tenant", "Cust2", "--token", TWO]) == 0
    assert main(["reset", "--url", served.url, "--tenant", "Cust2"]) != 0
    assert "does not open the tenant" in capsys.readouterr().err
