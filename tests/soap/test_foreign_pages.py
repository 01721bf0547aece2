"""A page of another site, in a browser, sends no message: it gets 403 at the SOAP URLs."""

import pytest
from support.double import SOAP_XML, TEXT_XML, url_of
from support.envelopes import ACTION, SEND
from support.outcomes import assert_refused

FOREIGN = {
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "nonsense": {"Sec-Fetch-Site": "x"},
    "another origin": {"Origin": "https://evil.example"},
    "another port": {"Origin": "http://double.test:9090"},
    "another scheme": {"Origin": "https://double.test:8080"},
    "null": {"Origin": "null"},
    "both": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    "Sec-Fetch-Site alone says so": {"Origin": "http://double.test:8080", "Sec-Fetch-Site": "cross-site"},
}
FORM_TYPES = ("application/x-www-form-urlencoded", "text/plain", TEXT_XML, SOAP_XML)


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
def test_a_post_from_another_site_is_403_and_says_why(either_double, headers) -> None:
    for content_type in FORM_TYPES:
        answer = either_double.post(SEND, ACTION, content_type, headers=headers)
        assert_refused(either_double, answer, 403, "POST came from a page of another site")
        assert answer.reason == "Forbidden"
        assert any(f'{name} is "{value}"' in answer.notes for name, value in headers.items())


@pytest.mark.parametrize("agent", ["Messaging", "SoPrincipal"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_whatever_may_write_is_refused_at_each_agent(either_double, agent, method) -> None:
    answer = either_double.request(method, url_of(agent=agent), SEND, FOREIGN["both"])
    assert_refused(either_double, answer, 403, f"{method} came from a page of another site")


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://double.test:8080"}, {}],
    ids=["same-origin", "none", "its own origin", "a SOAP toolkit"],
)
def test_what_comes_from_here_is_answered(either_double, headers) -> None:
    assert either_double.post(SEND, ACTION, headers=headers).succeeded


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_link_from_another_site_may_be_followed(either_double, method) -> None:
    assert either_double.request(method, f"{url_of()}?wsdl", headers=FOREIGN["both"]).status == 200


def test_behind_a_trusted_proxy_the_origin_is_the_proxys(start_double) -> None:
    double = start_double(trust_proxy=True)
    forwarded = {"X-Forwarded-Host": "sms.example.com", "X-Forwarded-Proto": "https"}
    assert double.post(SEND, ACTION, headers={**forwarded, "Origin": "https://sms.example.com"}).succeeded
    double.reset()
    answer = double.post(SEND, ACTION, headers={**forwarded, "Origin": "http://double.test:8080"})
    assert_refused(double, answer, 403, "Origin")
