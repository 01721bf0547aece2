"""The documentation's examples work as they stand, though no WCF service could answer them."""

import pytest
from support.double import SOAP_XML
from support.envelopes import ACTION, SOAP12, VERSIONS, namespace

DOCUMENTED = """<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope
 xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"
 xmlns:SOAP-ENC="http://www.w3.org/2003/05/soap-encoding"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:NetServerServices882="http://schemas.microsoft.com/2003/10/Serialization/Arrays"
 xmlns:NetServerServices881="http://schemas.microsoft.com/2003/10/Serialization/"
 xmlns:Messaging="{namespace}">
  <Messaging:ApplicationToken>1234567-1234-9876</Messaging:ApplicationToken>
  <Messaging:Credentials>
    <Messaging:Ticket>7T:1234abcxyzExample==</Messaging:Ticket>
  </Messaging:Credentials>
 <SOAP-ENV:Body>
   <Messaging:SendMessagesWithConfig>
    <Messaging:Plugin xsi:type="xsd:string"></Messaging:Plugin>
    <Messaging:OutgoingMessages xsi:type="Messaging:ArrayOfOutgoingMessage">
     <Messaging:OutgoingMessage xsi:type="Messaging:OutgoingMessage">
      <Messaging:From xsi:type="xsd:string"></Messaging:From>
      <Messaging:To xsi:type="xsd:string"></Messaging:To>
      <Messaging:Content xsi:type="xsd:string"></Messaging:Content>
      <Messaging:Format xsi:type="xsd:string"></Messaging:Format>
      <Messaging:ParentMessagingId xsi:type="xsd:int">0</Messaging:ParentMessagingId>
      <Messaging:SuggestedSessionKey xsi:type="xsd:string"></Messaging:SuggestedSessionKey>
     </Messaging:OutgoingMessage>
    </Messaging:OutgoingMessages>
    <Messaging:Config xsi:type="Messaging:StringDictionary">
     <Messaging:StringKeyValuePair>
      <Messaging:Key xsi:type="xsd:string"></Messaging:Key>
      <Messaging:Value xsi:type="xsd:string"></Messaging:Value>
     </Messaging:StringKeyValuePair>
    </Messaging:Config>
   </Messaging:SendMessagesWithConfig>

 </SOAP-ENV:Body>
</SOAP-ENV:Envelope>
"""


@pytest.mark.parametrize("services", VERSIONS)
@pytest.mark.parametrize("content_type", ["text/xml;charset=UTF-8", SOAP_XML, "application/x-www-form-urlencoded"])
def test_the_documentations_example_works_as_it_stands(double, services, content_type) -> None:
    document = DOCUMENTED.format(namespace=namespace(services)).encode()
    answer = double.post(document, None, content_type, services=services)
    assert (answer.status, answer.succeeded, answer.soap, answer.messaging_ids) == (200, True, SOAP12, [1])
    (message,) = double.outbox()
    assert (message["to"], message["content"], message["config"]) == ("", "", [{"key": "", "value": ""}])
    assert "beside soap:Header" in answer.notes


def test_the_documentations_example_is_refused_where_strict(strict_double) -> None:
    document = DOCUMENTED.format(namespace=namespace()).encode()
    assert strict_double.post(document, ACTION, "text/xml;charset=UTF-8").status == 400
    assert strict_double.is_empty()
