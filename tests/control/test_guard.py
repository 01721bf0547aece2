"""Who may use the control API: pages of other sites and those without the token are kept out."""

from __future__ import annotations

from itertools import cycle

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from support.control import OUTBOX, assert_problem, fill
from support.double import Double, control_url

pytestmark = pytest.mark.no_database

RESET = control_url("default", "reset")
TOKEN = "correct-horse"  # noqa: S105 - of no real account
FORM_TYPES = ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded")
WRITES = ("POST", "PUT", "PATCH", "DELETE", "JUNK")


# names


@pytest.mark.parametrize(
    "host",
    """
    127.0.0.1 10.1.2.3:8080 [::1] [2001:DB8::1]:8080 [::ffff:127.0.0.1]:8080 localhost LocalHost:8080
    localhost. localhost.:8080 localhost: a.localhost:80 double messaging_double:8080 host.docker.internal
    mac.local double.test double.ns.svc double.ns.svc.cluster.local:8080 nas.LAN.
    """.split(),
)
def test_a_name_that_no_stranger_can_have_is_admitted(double, host) -> None:
    assert double.get(OUTBOX, Host=host).status == 200
    assert double.request("POST", RESET, headers={"Host": host}).status == 204


@pytest.mark.parametrize(
    "host",
    """
    evil.example EVIL.example.:8080 127.0.0.1.evil.example localhost.evil.example evil.notlocalhost example.lan.com
    127.0.0.256 127.1
    """.split(),
)
def test_a_foreign_name_is_403_with_the_setting_that_admits_it(start_double, host) -> None:
    double, name = start_double(), host.partition(":")[0].rstrip(".").lower()
    fill(double, 1)
    example = f"messaging-double serve --allowed-hosts {name}"
    for method in ("GET", "HEAD", "OPTIONS", *WRITES):
        answer = double.request(method, OUTBOX, headers={"Host": host})
        assert answer.status == 403
        if method != "HEAD":
            assert_problem(answer, 403, f'"{name}"', "the setting allowed-hosts", example)
            assert answer.json["hint"].endswith(example)
    assert len(double.outbox()) == 1
    assert start_double(allowed_hosts=(name,)).get(OUTBOX, Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        ":8080",
        "a b",
        "a..b",
        ".",
        ".example.com",
        "a:b",
        "a:1:2",
        "a:123456",
        "::1",
        "[::1",
        "[]",
        "[127.0.0.1]",
        "[::1]x",
        "user@localhost",
        "a/b",
        "%6c",
        "bl\xe5b\xe6r",
        "*",
        "a," * 2,
        "a" * 64,
        "a." * 127 + "a",
        "b." * 30_000,
        "a\n",
    ],
    ids=lambda host: ascii(host[:12]),
)
def test_a_host_that_is_no_host_is_400(start_double, host) -> None:
    answer = start_double(allowed_hosts=("*",)).get(OUTBOX, Host=host)
    assert_problem(answer, 400, "Host header", "for example 127.0.0.1:8080")
    assert len(answer.body) < 600


@pytest.mark.parametrize("host", [None, ""])
def test_a_request_without_a_host_is_admitted_as_from_http_1_0(double, host) -> None:
    assert double.request("GET", OUTBOX, headers={"Host": host}, SERVER_PROTOCOL="HTTP/1.0").status == 200
    assert double.request("POST", RESET, headers={"Host": host}, SERVER_PROTOCOL="HTTP/1.0").status == 204


@pytest.mark.parametrize(
    "row",
    """
    qa.example.com           qa.example.com:8080       200
    QA.Example.com.          qa.example.com            200
    qa.example.com           b.qa.example.com          403
    qa.example.com           aqa.example.com           403
    .example.com             example.com               200
    .example.com             a.b.example.com           200
    .example.com             badexample.com            403
    *.Example.com            example.com.              200
    *.example.com            A.example.com             200
    *.example.com            example.com.evil.example  403
    *                        evil.example              200
    a.example,.b.example     c.b.example               200
    """.strip().splitlines(),
)
def test_the_settings_name_further_hosts_and_domains(start_double, row) -> None:
    allowed, host, status = row.split()
    double = start_double(allowed_hosts=tuple(allowed.split(",")))
    assert double.get(OUTBOX, Host=host).status == int(status)


def test_the_name_that_it_listens_on_is_admitted(start_double) -> None:
    double = start_double(host="Qa.example.com")
    assert double.get(OUTBOX, Host="qa.example.com:8080").status == 200
    assert double.get(OUTBOX, Host="b.example.com").status == 403


def test_the_name_of_the_machine_is_admitted(monkeypatch, start_double) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Build-7.example.com")
    assert start_double().get(OUTBOX, Host="build-7.example.com").status == 200


_LABELS = st.from_regex(r"[0-9A-Za-z_-]{1,63}", fullmatch=True)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_LABELS, min_size=2, max_size=4), st.sampled_from(["", "."]), st.sampled_from(["", ":8080"]))
def test_any_name_is_admitted_once_the_example_of_its_refusal_is_followed(double, labels, dot, port) -> None:
    host = f"{'.'.join(labels)}{dot}{port}"
    assume(len(host) < 250)
    answer = double.get(OUTBOX, Host=host)
    if answer.status == 403:
        allowed = answer.json["hint"].rpartition(" ")[2]
        with Double(allowed_hosts=(allowed,)) as admitting:
            answer = admitting.get(OUTBOX, Host=host)
    assert answer.status == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(max_codepoint=255), max_size=30))
def test_any_host_gets_an_answer_that_says_what_is_wrong(double, host) -> None:
    answer = double.get(OUTBOX, Host=host)
    assert answer.status in {200, 400, 403}
    if answer.status != 200:
        assert_problem(answer, answer.status)


# writes from other sites


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://double.test:8080"},
        {"Origin": "HTTP://Double.Test:8080"},
        {"Origin": "http://double.test:8080", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost", "Host": "localhost:80"},
        {"Origin": "http://localhost:80", "Host": "localhost"},
        {"Origin": "http://[::1]:8080", "Host": "[::1]:8080"},
        {"Origin": "http://127.0.0.1:8080", "Host": None},
    ],
)
def test_a_write_of_a_program_or_of_the_doubles_own_pages_is_admitted(double, headers) -> None:
    fill(double, 1)
    assert double.request("POST", RESET, headers=headers).status == 204
    assert double.is_empty()


@pytest.mark.parametrize(
    ("headers", "word"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 'Sec-Fetch-Site is "cross-site"'),
        ({"Sec-Fetch-Site": "same-site"}, 'Sec-Fetch-Site is "same-site"'),
        ({"Sec-Fetch-Site": ""}, 'Sec-Fetch-Site is ""'),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://double.test:8080"}, "Sec-Fetch-Site"),
        ({"Origin": "http://evil.example"}, 'Origin is "http://evil.example"'),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "none"}, "Origin is"),
        ({"Origin": "null"}, 'Origin is "null"'),
        ({"Origin": ""}, 'Origin is ""'),
        ({"Origin": "http://double.test"}, "Origin is"),
        ({"Origin": "http://double.test:8081"}, "Origin is"),
        ({"Origin": "https://double.test:8080"}, "set trust-proxy"),
        ({"Origin": "http://a.double.test:8080"}, "Origin is"),
        ({"Origin": "http://double.test:8080/"}, "Origin is"),
        ({"Origin": "http://double.test:8080 http://evil.example"}, "Origin is"),
        ({"Origin": "double.test:8080"}, "Origin is"),
        ({"Origin": "chrome-extension://abcdef"}, "Origin is"),
        ({"Origin": "null", "Host": None}, "Origin is"),
    ],
)
def test_a_write_of_another_sites_page_is_403_and_changes_nothing(double, headers, word) -> None:
    fill(double, 1)
    for method, content_type in zip(WRITES, cycle(FORM_TYPES)):
        answer = double.request(method, RESET, b"{}", {"Content-Type": content_type, **headers})
        assert_problem(answer, 403, method, word, "expected ", "curl")
    assert len(double.outbox()) == 1


def test_what_the_settings_allow_are_names_of_the_double_and_not_other_sites(start_double) -> None:
    double = start_double(allowed_hosts=("*",))
    assert double.request("POST", RESET, headers={"Origin": "http://qa.example.com"}).status == 403
    own = {"Origin": "http://qa.example.com", "Host": "qa.example.com"}
    assert double.request("POST", RESET, headers=own).status == 204


def test_the_scheme_of_a_trusted_proxy_is_part_of_the_origin(start_double) -> None:
    headers = {"Origin": "https://double.test", "Host": "double.test", "X-Forwarded-Proto": "https"}
    assert start_double(trust_proxy=True).request("POST", RESET, headers=headers).status == 204
    assert start_double().request("POST", RESET, headers=headers).status == 403


@pytest.mark.parametrize(
    ("host", "forwarded", "status"),
    [
        ("localhost:8080", "qa.example.com", 200),
        ("qa.example.com", "qa.example.com", 200),
        ("localhost:8080", "evil.example", 403),
        ("evil.example", "localhost", 403),
        ("evil.example", "qa.example.com", 403),
        ("a b", "localhost", 400),
    ],
)
def test_behind_a_trusted_proxy_both_its_name_and_the_forwarded_one_are_the_doubles(
    start_double, host, forwarded, status
) -> None:
    double = start_double(trust_proxy=True, allowed_hosts=("qa.example.com",))
    assert double.get(OUTBOX, Host=host, X_Forwarded_Host=forwarded).status == status


@pytest.mark.parametrize("content_type", [*FORM_TYPES, None])
def test_a_type_that_a_form_can_send_is_taken_from_a_program(double, content_type) -> None:
    assert double.request("POST", RESET, headers={"Content-Type": content_type}).status == 204


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("mode", ["navigate", "no-cors", "cors"])
def test_another_site_may_link_here_and_its_browser_keeps_the_answer_from_it(double, method, mode) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": mode, "Origin": "https://evil.example"}
    answer = double.request(method, OUTBOX, headers=headers)
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_preflight_is_promised_nothing(double) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
    answer = double.request("OPTIONS", OUTBOX, headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


# the token


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_admits(start_double, scheme) -> None:
    double = start_double(control_token=TOKEN)
    headers = {"Authorization": f"{scheme} {TOKEN}"}
    assert double.request("GET", OUTBOX, headers=headers).status == 200
    assert double.request("POST", RESET, headers=headers).status == 204


@pytest.mark.parametrize(
    ("authorization", "word"),
    [
        (None, "there is no Authorization header"),
        ("", "there is no Authorization header"),
        (TOKEN, "no bearer token"),
        (f"Basic {TOKEN}", "no bearer token"),
        ("Bearer", "another token"),
        (f"Bearer {TOKEN}x", "another token"),
        (f"Bearer {TOKEN[:-1]}", "another token"),
        (f"Bearer {TOKEN.upper()}", "another token"),
        ("Bearer n\xf8kkel", "another token"),
    ],
)
def test_without_the_token_it_is_401_with_how_to_send_it(start_double, authorization, word) -> None:
    double = start_double(control_token=TOKEN)
    for method, url in (("GET", OUTBOX), ("POST", RESET), ("GET", "/_mock/v1/nothing")):
        answer = double.request(method, url, headers={"Authorization": authorization})
        assert_problem(answer, 401, word, "control-token", "Authorization: Bearer")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert TOKEN.lower() not in answer.body.decode().lower()


def test_a_token_is_ignored_where_none_is_set(double) -> None:
    assert double.get(OUTBOX, Authorization=f"Bearer {TOKEN}").status == 200


def test_the_token_opens_no_door_to_other_sites(start_double) -> None:
    double = start_double(control_token=TOKEN)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert double.request("POST", RESET, headers={**headers, "Origin": "null"}).status == 403
    assert double.request("GET", OUTBOX, headers={**headers, "Host": "evil.example"}).status == 403


def test_no_log_has_the_token(start_double, caplog) -> None:
    caplog.set_level("DEBUG")
    double = start_double(control_token=TOKEN)
    double.get(OUTBOX, Authorization=f"Bearer {TOKEN}")
    double.get(OUTBOX, Authorization=f"Bearer x{TOKEN}")
    assert TOKEN not in caplog.text


# outside of it


@pytest.mark.parametrize("url", ["/livez", "/readyz"])
def test_probes_are_answered_to_anybody(start_double, url) -> None:
    double = start_double(control_token=TOKEN)
    assert double.get(url, Host="evil.example").status == 200


def test_soap_clients_are_asked_for_no_name_and_no_token(start_double) -> None:
    double = start_double(control_token=TOKEN)
    answer = double.request(
        "GET", "/Remote/Services88/Messaging.svc?wsdl", headers={"Host": "sod.superoffice.com", "Origin": "null"}
    )
    assert answer.status == 200
