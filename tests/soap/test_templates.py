"""A request that is read by a template of earlier ones means what it means when it is parsed."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.double import Double
from support.envelopes import (
    ARRAYS,
    EVERYTHING,
    INCOMING,
    OPERATIONS,
    OUTGOING,
    SOAP11,
    XSI,
    Xml,
    action_of,
    element,
    escaped,
    namespace,
)
from support.envelopes import envelope as envelope_of
from support.hostile.bodies import MOST_ELEMENTS
from support.simulated import BEGIN
from support.texts import xml_texts

from messaging_double.models.versions import VERSIONS
from messaging_double.server.soap.services import service_of
from messaging_double.server.soap.templates import Templates

SERVICE = service_of("Messaging", VERSIONS[88])
TEACHING = 4
"""Requests with the same tags that a template is made after."""
COMMENT = "<!-- -->"
"""Behind an envelope, it means nothing; a request that has one is parsed."""
PLACES = re.compile("(%text|%number)")

RAW = st.sampled_from([
    "&amp;", "&#13;", "&#x41;", "&#0;", "&unknown;", "&", "<![CDATA[<x>]]>", "<!-- -->", "<?x?>", "<b/>", "<", ">",
    "]]>", "--", '"', "'", "\r\n", "\r", "\n", "\t", " ", "\0", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\ufeff",
    "\ufffe", "\uffff", "\ufffd", "nil", "XMLSchema-instance", "mustUnderstand", "%s", "\\1", "1000000",
])  # fmt: skip
"""What stands between two tags as it is, be it XML or not."""
NUMBERS = st.integers(-(2**31), 2**31 - 1).map(str) | st.sampled_from([
    "", " ", " 7 ", "+7", "007", "\n7", "\r7", "2147483648", "-2147483649", "9" * 65, "7.0", "0x7", "1_0", "\u0663",
    "x", "&#55;", "<![CDATA[7]]>", "1000000", "-0", "--7",
])  # fmt: skip
TEXTS = st.lists(RAW | st.characters(exclude_categories=["Cs"]) | xml_texts(3).map(escaped), max_size=4).map("".join)
SPACE = st.sampled_from(["", "", "", "\n  ", "\r\n", " \t"])


def elements(name, inside):
    """Ways to write an element: with these, with nothing, nil, or not at all."""
    return st.one_of(
        *[inside.map(lambda each: f"<{name}>{each}</{name}>")] * 20,
        st.just(""),
        st.sampled_from(
            [
                f'<{name} i:nil="true"/>',
                f"<{name}/>",
                f"<{name}  >%text</{name}\n>",
                f"<p:{name} xmlns:p='{namespace()}'>%text</p:{name}>",
            ]
        ),
    )


def all_of(*parts):
    """Some parts one behind the other, with the same space between them."""
    return st.tuples(SPACE, st.tuples(*parts)).map(lambda each: each[0].join(each[1]))


TEXT, NUMBER = st.just("%text"), st.just("%number")
PROPERTY = all_of(
    elements("Key", TEXT),
    elements("Value", all_of(elements("FieldType", TEXT), elements("FieldLength", NUMBER))),
)
RIGHTS = [
    st.just("") | elements("TableRight", all_of(elements("Mask", TEXT), elements("Reason", TEXT))),
    st.just("") | elements("FieldProperties", elements("FieldPropertyDictionaryKeyValuePair", PROPERTY)),
]


def carrier(members):
    """The members of a carrier, inherited ones first."""
    return all_of(*RIGHTS, *[elements(each, NUMBER if each == "ParentMessagingId" else TEXT) for each in members])


def lists(item):
    """Up to three items."""
    return st.lists(item, max_size=3).map("".join)


PARAMETERS = {
    "IncomingMessage": carrier(INCOMING),
    "MessagingIds": lists(elements("a:int", NUMBER)),
    "OutgoingMessages": lists(elements("OutgoingMessage", carrier(OUTGOING))),
    "Config": lists(elements("StringKeyValuePair", all_of(elements("Key", TEXT), elements("Value", TEXT)))),
    "Status": NUMBER,
}
SECOND = "<TimeZone><SoTimeZoneId>%number</SoTimeZoneId></TimeZone>"
HEADERS = all_of(
    elements("ApplicationToken", TEXT),
    elements("Credentials", elements("Ticket", TEXT)),
    elements("TimeZone", all_of(elements("SoTimeZoneId", NUMBER), elements("SoTimeZoneLocationCode", TEXT))),
    st.sampled_from(
        [
            "",
            "",
            "<w:MessageID xmlns:w='urn:w'>%text</w:MessageID>",
            SECOND,
        ]
    ),
)
BEFORE = st.sampled_from([
    "", "", "", '<?xml version="1.0" encoding="utf-8"?>', "<?xml version='1.0'?>\n", "\ufeff", "<!-- -->", "<?x y?>",
    "<!-- <To>%text</To> -->", "<?x ><To>%text</To>?>",
])  # fmt: skip


@st.composite
def requests(draw):
    """An operation and what a client sends of it again and again, with places for texts and numbers."""
    name = draw(st.sampled_from(list(OPERATIONS)))
    inside = draw(all_of(*[elements(each, PARAMETERS.get(each, TEXT)) for each in OPERATIONS[name]]))
    header = draw(st.just("") | HEADERS.map(lambda each: f"<s:Header>{each}</s:Header>"))
    prefixes = f'xmlns:s="{SOAP11}" xmlns="{namespace()}" xmlns:i="{XSI}" xmlns:a="{ARRAYS}"'
    body = f"<s:Body><{name}>{inside}</{name}></s:Body>"
    return name, f"{draw(BEFORE)}<s:Envelope {prefixes}>{header}{draw(SPACE)}{body}</s:Envelope>"


def filled(shape, values):
    """Put values into the places of a shape."""
    parts = PLACES.split(shape)
    parts[1::2] = values
    return "".join(parts)


@pytest.fixture(scope="module", params=[False, True], ids=["lenient", "strict"])
def doubles(request):
    """Return two doubles that have all in common: one is to parse nothing twice, one everything."""
    how = {"strict": request.param, "clock": BEGIN, "seed": "the same"}
    with Double(**how) as learned, Double(**how) as parsed:
        yield learned, parsed


def forget(name):
    for strict in (False, True):
        SERVICE.operation(name).templates[strict] = Templates()


def answered(double, name, envelope):
    answer = double.post(envelope.encode(), f'"{action_of(name)}"')
    headers = {name: value for name, value in answer.headers.items() if name != "x-messaging-double-request-id"}
    return replace(answer, call=None, headers=headers), answer.call.notes, answer.call.messages, answer.call.operation


def kept(double):
    return double.outbox(), double.inbox(), double.reports()


def assert_same(doubles, name, shape, *values):
    """Let one double learn a template; send both the shape with these values in the places of its texts."""
    forget(name)
    for double in doubles:
        double.reset()
    usual = ["word" if each == "%text" else "12" for each in PLACES.findall(shape)]
    for each in [*[usual] * TEACHING, *values]:
        envelope = filled(shape, each)
        learned, parsed = (
            answered(double, name, envelope + end) for double, end in zip(doubles, ("", COMMENT), strict=True)
        )
        assert learned == parsed, envelope
    assert kept(doubles[0]) == kept(doubles[1])


@given(requests(), st.data())
def test_a_request_read_by_a_template_means_what_it_means_parsed(doubles, request_, data) -> None:
    name, shape = request_
    values = st.tuples(*[TEXTS if each == "%text" else NUMBERS for each in PLACES.findall(shape)])
    assert_same(doubles, name, shape, *data.draw(st.lists(values, min_size=1, max_size=4)))


TO = "<To>%text</To>"
PAIR = "<Key>k</Key><Value><FieldLength>%number</FieldLength></Value>"
MEMBER = f"<FieldProperties>{element('FieldPropertyDictionaryKeyValuePair', Xml(PAIR))}</FieldProperties>"


@pytest.mark.parametrize(
    ("before", "header", "message", "values"),
    [
        ("", "", MEMBER, ["x", "", "99999999999"]),
        ("", SECOND * 2, "", [("1", "x"), ("x", "1")]),
        ("<!-- <To>%text</To> -->", "", TO, [("a--b", "c"), ("a-", "c"), ("a", "c")]),
        ("<?x ><To>%text</To>?>", "", TO, [("a?", "b"), ("a", "b")]),
        ("", "", "<From a='1>2'>%text</From><To a='3>4'>%text</To>", [("a", "b")]),
        ("", "", '<From a="/">%text</From>', ["a", " "]),
        ("", "", TO, ["\x01", "a\rb", "a\r\nb", "\x0b", "\x1f"]),
        ("", '<MessageID xmlns="urn:w">%text</MessageID>', TO, [("a", "b"), ("", "\ufffe"), ("\x7f", "\x85")]),
    ],
)  # fmt: skip
def test_what_is_read_and_not_kept_decides_as_well(doubles, before, header, message, values) -> None:
    body = f"<OutgoingMessages><OutgoingMessage>{message}</OutgoingMessage></OutgoingMessages>"
    shape = envelope_of(f"<SendMessages>{body}</SendMessages>", headers=header).decode()
    every = [each if isinstance(each, tuple) else (each,) for each in values]
    assert_same(doubles, "SendMessages", before + shape, *every)


ITEM = "<From>%text</From><ParentMessagingId>%number</ParentMessagingId>"
MESSAGE = f"<OutgoingMessage>{ITEM}</OutgoingMessage>"
KEYS = "<Config><StringKeyValuePair><Key>%text</Key><Value>v</Value></StringKeyValuePair></Config>"
LISTS = {
    "of texts and numbers": ("SendMessages", MESSAGE, "", "<OutgoingMessages>{}</OutgoingMessages>"),
    "with space": ("SendMessages", MESSAGE, "\n  ", "<OutgoingMessages>\n{} </OutgoingMessages>"),
    "of numbers": (
        "GetDeliveryStatus",
        "<a:int>%number</a:int>",
        "",
        f'<MessagingIds xmlns:a="{ARRAYS}">{{}}</MessagingIds>',
    ),
    "of constants": ("SendMessages", "<OutgoingMessage/>", "", "<OutgoingMessages>{}</OutgoingMessages>"),
    "beside another": ("SendMessagesWithConfig", MESSAGE, "", f"<OutgoingMessages>{{}}</OutgoingMessages>{KEYS}"),
    "of headers": ("GetPlugins", "<w:a xmlns:w='urn:w'>%text</w:a>", "", "{}"),
}
ODD = [
    "",
    "a&amp;b",
    "<![CDATA[c]]>",
    "\r",
    "\x85",
    "1<To>x</To>",
    "</From><From>",
    "99999999999",
    " ",
    "\ufffe",
    "</OutgoingMessage>",
]


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_any_length_means_what_it_means_parsed(doubles, kind) -> None:
    name, item, between, around = LISTS[kind]
    forget(name)
    for double in doubles:
        double.reset()

    def request(texts, between=between):
        items = between.join([filled(item, [text] * len(PLACES.findall(item))) for text in texts])
        inside = filled(around.format(items), ["k"] * len(PLACES.findall(around)))
        if name == "GetPlugins":
            return envelope_of("<GetPlugins/>", headers=inside).decode()
        return envelope_of(f"<{name}>{inside}</{name}>").decode()

    mixed = [["12"] * 2 + [odd] + ["13"] * end for odd in ODD for end in (0, 2)]
    lists = [["12"] * 3] * TEACHING + [[str(each) for each in range(count)] for count in (0, 1, 2, 3, 600)] + mixed
    envelopes = [request(each) for each in lists] + [request(["1", "2"], "x"), request(["1", "2"], "<b/>")]
    for envelope in envelopes:
        learned, parsed = (
            answered(double, name, envelope + end) for double, end in zip(doubles, ("", COMMENT), strict=True)
        )
        assert learned == parsed, envelope
    assert kept(doubles[0]) == kept(doubles[1])


def test_one_template_reads_lists_of_any_length(double) -> None:
    forget("GetDeliveryStatus")
    envelope = '<GetDeliveryStatus><MessagingIds xmlns:a="{}">{}</MessagingIds></GetDeliveryStatus>'
    for count in range(3, 3 + TEACHING):
        body = envelope_of(envelope.format(ARRAYS, "<a:int>7</a:int>" * count))
        assert double.post(body, f'"{action_of("GetDeliveryStatus")}"').status == 200
    template = SERVICE.operation("GetDeliveryStatus").templates[False]
    long, too_long = (
        envelope_of(envelope.format(ARRAYS, "<a:int>7</a:int>" * count)).decode() for count in (5000, MOST_ELEMENTS)
    )
    assert template.read(long)[1] == [[7] * 5000]
    assert template.read(too_long) is None  # it is refused by the parser


@pytest.mark.parametrize("name", [each for each, parameters in OPERATIONS.items() if parameters])
def test_a_template_is_made_of_each_operation(double, name) -> None:
    forget(name)
    envelope = envelope_of(EVERYTHING[name])
    for _ in range(TEACHING):
        assert double.post(envelope, f'"{action_of(name)}"').status == 200
    assert SERVICE.operation(name).templates[False].read(envelope.decode()) is not None
