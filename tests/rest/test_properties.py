"""Laws: whatever is sent to any URL of REST is answered, in JSON, and only by what a client may get."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from support.double import Double
from support.envelopes import OPERATIONS

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["CM", 1, 2**31])
)
NAMES = st.sampled_from(
    "Plugin outgoingMessages INCOMINGMESSAGE MessagingIds Config To from Content ParentMessagingId Status tableRight "
    "FieldProperties SignedSystemToken ApplicationToken ContextIdentifier ReturnTokenType".split()
) | st.text(max_size=5)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
BODIES = VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)
URLS = st.sampled_from(
    [
        *(f"/Cust1/api/v1/Agents/Messaging/{name}" for name in OPERATIONS),
        "/api/v1/Agents/CustomerService/GetSmsConfig",
        "/api/v1/User/currentPrincipal",
        "/api/state/Cust1",
        "/login/api/PartnerSystemUser/Authenticate",
        "/login/common/oauth/tokens",
        "/login/common/oauth/authorize",
    ]
)
HEADERS = st.fixed_dictionaries(
    {"Content-Type": st.sampled_from(["application/json", "text/json; charset=utf-16", "x", None])},
    optional={
        "Authorization": st.sampled_from(["Basic", "Basic Og==", "SOTicket 7T:", "Bearer 8A:Cust1.1-0", "\xff x", ""])
        | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "identity", ""]),
        "SO-AppToken": st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=5),
        "Accept": st.sampled_from(["application/json", "*/*", "text/html", ""]),
    },
)
EXPECTED = {200, 204, 302, 400, 401, 403, 404, 405, 413, 415}


@given(
    data=st.data(),
    method=st.sampled_from(["POST", "POST", "POST", "GET", "PUT"]),
    query=st.sampled_from(
        ["", "?$select=", "?$select=Status,,x", "?grant_type=refresh_token&refresh_token=%ff", "?%zz&="]
    ),
    auth=st.sampled_from(["none", "onsite", "online"]),
)
def test_any_request_is_answered_by_what_a_client_may_get(data, method, query, auth):
    with Double(auth=auth) as double:
        for _ in range(3):
            url, body, headers = data.draw(URLS), data.draw(BODIES), data.draw(HEADERS)
            answer = double.request(method, f"{url}{query}", body, headers)
            assert answer.status in EXPECTED, answer
            if answer.status >= 400:
                assert answer.json
