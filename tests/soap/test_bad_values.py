"""Values that their types do not have: DeserializationFailed, in WCF's words."""

import pytest
from support.envelopes import ARRAYS, Xml, element, ids, operation, outgoing
from support.hostile.bodies import MOST_ELEMENTS, NO_NUMBERS
from support.outcomes import DESERIALIZATION_FAILED, INTERNAL_SERVICE_FAULT, NS, assert_fault, bad_parameter

PLACES = {
    "MessagingIds": ("GetDeliveryStatus", "MessagingIds", "System.Int32[]"),
    "Status": ("SetDeliveryStatus", "Status", "System.Int32"),
    "ParentMessagingId": ("SendMessages", "OutgoingMessages", "SuperOffice.CRM.Services.OutgoingMessage[]"),
    "ParentMessagingId with config": (
        "SendMessagesWithConfig",
        "OutgoingMessages",
        "SuperOffice.CRM.Services.OutgoingMessage[]",
    ),
}


def with_int(place: str, text: Xml) -> Xml:
    """Return an operation that has ``text`` where an int belongs."""
    name = PLACES[place][0]
    if place == "MessagingIds":
        return operation(name, MessagingIds=ids(1, text, 2))
    if place == "Status":
        return operation(name, Plugin="CM", ExternalMessageId="x", Status=text)
    return operation(name, Plugin="CM", OutgoingMessages=[outgoing(To="1"), outgoing(To="2", ParentMessagingId=text)])


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_int_cannot_be_read(either_double, value) -> None:
    for place, (name, parameter, clr_type) in PLACES.items():
        answer = either_double.call_xml(name, with_int(place, Xml(value)))
        detail = f"The value '{value}' cannot be parsed as the type 'Int32'."
        assert_fault(either_double, answer, DESERIALIZATION_FAILED, bad_parameter(parameter, clr_type, detail))


@pytest.mark.parametrize(
    "value", ["0", "-2147483648", "2147483647", "+7", " 7 ", "\t\r\n7\n", "007", "-0", "0" * 60 + "7"]
)
def test_what_dotnet_takes_for_an_int_is_read(either_double, value) -> None:
    answers = {place: either_double.call_xml(name, with_int(place, Xml(value))) for place, (name, *_) in PLACES.items()}
    assert {(answer.status, answer.succeeded) for answer in answers.values()} == {(200, True)}
    assert answers["MessagingIds"].messaging_ids == [1, int(value), 2]
    assert [each["status"] for each in either_double.reports()] == [int(value)]
    assert [each["parentMessagingId"] for each in either_double.outbox()] == [int(value), None] * 2


def test_a_huge_number_is_refused_at_once(either_double) -> None:
    """Python's int() would refuse, or take long over, thousands of digits."""
    answer = either_double.get_status("9" * 100_000)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert len(answer.body) < 8192  # .NET's quota for strings


def test_a_fault_repeats_a_bad_value_as_it_was(either_double) -> None:
    answer = either_double.get_status("<&>]]>'\"")
    assert "The value '<&>]]>'\"' cannot be parsed" in answer.fault.text


@pytest.mark.parametrize(
    ("header", "type_"),
    [
        ("<TimeZone><SoTimeZoneId>abc</SoTimeZoneId></TimeZone>", "TimeZone cannot be read as "),
        ("<TimeZone>abc</TimeZone>", "TimeZone cannot be read as "),
        ("<Credentials><Ticket><b/></Ticket></Credentials>", "Credentials cannot be read as "),
        ("<ApplicationToken><b/></ApplicationToken>", "ApplicationToken cannot be read as System.String"),
    ],
)
def test_of_a_header_that_cannot_be_read_wcf_says_no_more_than_that_it_failed(either_double, header, type_) -> None:
    """Only what reads the Body makes a DeserializationFailed of such an exception."""
    answer = either_double.call("GetPlugins", headers=header)
    assert_fault(either_double, answer, INTERNAL_SERVICE_FAULT)
    assert f"the header {type_}" in answer.headers["x-messaging-double-hint"]


@pytest.mark.parametrize("name", ["From", "To", "Content", "Format", "SuggestedSessionKey"])
def test_elements_in_a_text_cannot_be_read(either_double, name) -> None:
    answer = either_double.send(outgoing(**{name: Xml("a<b>c</b>d")}))
    detail = f"End element '{name}' from namespace '{NS}' expected. Found element 'b' from namespace '{NS}'."
    expected = bad_parameter("OutgoingMessages", "SuperOffice.CRM.Services.OutgoingMessage[]", detail)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED, expected)


def test_elements_in_a_text_parameter_cannot_be_read(either_double) -> None:
    answer = either_double.set_status(Xml("<b xmlns=''/>"), "x", 1)
    detail = f"End element 'Plugin' from namespace '{NS}' expected. Found element 'b' from namespace ''."
    assert_fault(either_double, answer, DESERIALIZATION_FAILED, bad_parameter("Plugin", "System.String", detail))


def test_elements_in_an_int_cannot_be_read(either_double) -> None:
    assert_fault(either_double, either_double.get_status(Xml("1<b/>")), DESERIALIZATION_FAILED)


def test_another_element_than_a_number_is_refused_in_a_list_of_numbers(either_double) -> None:
    """Skipped, it would be an id that was not asked about."""
    numbers = [*ids(1), element("a:string", 2)]
    answer = either_double.call("GetDeliveryStatus", MessagingIds=numbers)
    detail = (
        f"End element 'MessagingIds' from namespace '{NS}' expected. Found element 'string' from namespace '{ARRAYS}'."
    )
    assert_fault(either_double, answer, DESERIALIZATION_FAILED, bad_parameter("MessagingIds", "System.Int32[]", detail))


def test_nothing_of_a_batch_is_kept_if_one_value_in_it_is_bad(either_double) -> None:
    messages = [outgoing(To=str(number)) for number in range(50)] + [outgoing(ParentMessagingId="x")]
    assert_fault(either_double, either_double.send(*messages), DESERIALIZATION_FAILED)


STRAY = {
    "in a message": "<OutgoingMessages><OutgoingMessage>Hei<To>1</To></OutgoingMessage></OutgoingMessages>",
    "for a message": "<OutgoingMessages><OutgoingMessage>Hei</OutgoingMessage></OutgoingMessages>",
    "between messages": "<OutgoingMessages>Hei<OutgoingMessage/></OutgoingMessages>",
    "for all messages": "<OutgoingMessages>Hei</OutgoingMessages>",
    "in the wrapper": "Hei<OutgoingMessages/>",
}


@pytest.mark.parametrize("inside", STRAY.values(), ids=STRAY)
def test_text_where_elements_belong_is_refused_where_strict_and_never_passed_over_in_silence(
    double, strict_double, inside
) -> None:
    """WCF: "Expecting state 'Element'.. Encountered 'Text'"."""
    answer, strict_answer = (
        each.call_xml("SendMessages", f"<SendMessages>{inside}</SendMessages>") for each in (double, strict_double)
    )
    assert_fault(strict_double, strict_answer, DESERIALIZATION_FAILED)
    assert answer.status == 500 or "text" in answer.notes.lower()


def test_more_elements_than_wcfs_quota_are_refused(either_double) -> None:
    frame = len("Envelope Body GetPlugins".split())
    most = "<a/>" * (MOST_ELEMENTS - frame)
    assert either_double.call_xml("GetPlugins", f"<GetPlugins>{most}</GetPlugins>").succeeded
    answer = either_double.call_xml("GetPlugins", f"<GetPlugins>{most}<a/></GetPlugins>")
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert f"in an object graph is '{MOST_ELEMENTS}'" in answer.fault.text


def test_angle_brackets_that_are_no_elements_are_not_counted(either_double) -> None:
    content = "<" * (MOST_ELEMENTS + 10)
    either_double.send(outgoing(Content=Xml(f"<![CDATA[{content}]]>")))
    assert either_double.outbox()[0]["content"] == content


MOST_NAME_CHARACTERS = 16_384
NAMES = {
    "elements": "<{0}/>",
    "attributes": '<To {0}="1"/>',
    "prefixes": "<To xmlns:{0}='u'/>",
    "prefixes of elements": "<{0}:a xmlns:{0}='u'/>",
    "namespaces": "<a xmlns='urn:{0}'/>",
}


@pytest.mark.parametrize("place", NAMES.values(), ids=NAMES)
def test_more_different_names_than_wcfs_quota_are_refused(either_double, place) -> None:
    """The parser keeps each name for as long as the process lives."""
    inside = "".join(place.format(f"n{number:05}") for number in range(MOST_NAME_CHARACTERS // 6 + 1))
    document = (
        f"<SendMessages><OutgoingMessages><OutgoingMessage>{inside}</OutgoingMessage></OutgoingMessages></SendMessages>"
    )
    answer = either_double.call_xml("SendMessages", document)
    assert_fault(either_double, answer, DESERIALIZATION_FAILED)
    assert f"nametable character count quota ({MOST_NAME_CHARACTERS})" in answer.fault.text


def test_the_same_names_over_and_over_are_no_more_than_one(either_double) -> None:
    messages = [outgoing(To=str(number), Content="x") for number in range(2000)]
    assert len(either_double.send(*messages).response) == 2000
