"""What the compiled writers make is what an XML reader gives back, whatever the values are."""

from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from support.answers import is_nil
from support.envelopes import OPERATIONS, PRINCIPAL, SOAP11, SOAP12
from support.texts import xml_texts

from messaging_double.models.contract.members import Kind, attribute_of, header_of, item_of, members_of, record_of
from messaging_double.models.versions import VERSIONS
from messaging_double.server.soap.services import CONTRACTS, service_of

INTS = st.integers(-(2**31), 2**31 - 1)
MOMENTS = st.datetimes(datetime(1, 1, 1), timezones=st.none() | st.just(timezone.utc))  # noqa: DTZ001 - .NET's DateTime
SIMPLE = {Kind.TEXT: xml_texts(), Kind.INT: INTS, Kind.BOOL: st.booleans(), Kind.MOMENT: MOMENTS}
DEPTH = 3
"""Carriers in carriers: SoExceptionInfo has one of its own."""


def values(member, depth=0):
    """Values that a member may have, ``None`` included."""
    if member.kind in SIMPLE:
        return st.none() | SIMPLE[member.kind]
    if depth == DEPTH:
        return st.none()
    if member.kind is Kind.LIST:
        return st.none() | st.lists(values(item_of(member.type), depth + 1), max_size=2)
    members = members_of(member.type)
    record = record_of(member.type)
    if record is None:
        return st.none() | st.fixed_dictionaries({each.name: values(each, depth + 1) for each in members})
    names = {attribute_of(each.name): each for each in members}
    kept = {name: values(names[name], depth + 1) for name in record.__match_args__}
    return st.none() | st.fixed_dictionaries(kept).map(lambda given_: record(**given_))


def read(member, element):
    """Return the value of an element as a client of the contract reads it."""
    assert element.tag == member.tag
    if is_nil(element):
        assert not len(element)
        assert element.text is None
        return None
    if member.kind is Kind.LIST:
        return [read(item_of(member.type), each) for each in element]
    if member.kind is Kind.CARRIER:
        members = members_of(member.type)
        return {each.name: read(each, child) for each, child in zip(members, element, strict=True)}
    assert not len(element)
    text = element.text or ""
    if member.kind is Kind.MOMENT:
        return datetime.fromisoformat(padded(text))
    return {Kind.TEXT: str, Kind.INT: int, Kind.BOOL: {"true": True, "false": False}.__getitem__}[member.kind](text)


def padded(text):
    """Write a moment of .NET so that Python 3.10 reads it."""
    whole, dot, fraction = text.removesuffix("Z").partition(".")
    assert not fraction.endswith("0")
    return whole + dot + fraction.ljust(6, "0") * bool(dot) + "+00:00" * text.endswith("Z")


ZEROS = {Kind.INT: 0, Kind.BOOL: False, Kind.MOMENT: datetime(1, 1, 1), Kind.TEXT: ""}  # noqa: DTZ001


def expected(member, value):
    """Return what a client is to read: nothing is .NET's zero where that cannot be nil."""
    if value is None:
        return None if member.nillable or member.kind not in ZEROS else ZEROS[member.kind]
    if member.kind is Kind.LIST:
        return [expected(item_of(member.type), each) for each in value]
    if member.kind is Kind.CARRIER:
        record = record_of(member.type)
        get = value.get if record is None else lambda name: getattr(value, attribute_of(name), None)
        return {each.name: expected(each, get(each.name)) for each in members_of(member.type)}
    return value


@pytest.mark.parametrize("name", [*OPERATIONS, *PRINCIPAL])
def test_an_xml_reader_gives_back_what_was_written(name) -> None:
    version = VERSIONS[88]
    agent = "SoPrincipal" if name in PRINCIPAL else "Messaging"
    contract = CONTRACTS[agent](version)
    headers = [header_of(each) for each in contract.service.__out_header__]
    method = contract.service.public_methods[name]
    results = members_of(method.out_message, version.namespace)
    write = service_of(agent, version).operation(name).write

    @settings(max_examples=20)
    @given(
        st.sampled_from([SOAP11, SOAP12]),
        st.tuples(*map(values, headers)),
        st.tuples(*map(values, results)),
    )
    def round_trip(soap, header_values, result_values) -> None:
        envelope = etree.fromstring(write(soap, header_values, result_values))
        header, body = envelope
        assert [each.tag for each in (envelope, header, body)] == [
            f"{{{soap}}}{each}" for each in ("Envelope", "Header", "Body")
        ]
        (wrapper,) = body
        assert wrapper.tag == f"{{{version.namespace}}}{method.out_message.get_type_name()}"
        for members, elements, given_ in ((headers, header, header_values), (results, wrapper, result_values)):
            shown = [read(member, element) for member, element in zip(members, elements, strict=True)]
            assert shown == [expected(member, value) for member, value in zip(members, given_, strict=True)]

    round_trip()
