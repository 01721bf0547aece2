"""How real clients ask, by the names of their libraries; each was seen to ask so."""

from __future__ import annotations

from .client import TIME_ZONE
from .raw_client import Manner
from .style import Style
from .transport import Http

_NUSOAP = Http(version="1.0", absolute=True, headers={"User-Agent": "NuSOAP/0.9.5 (1.123)"})

DOCUMENTATION = Manner(
    Style("1.2", prefix="SOAP-ENV", headers="beside", types="all", pretty=True),
    soap_action=None,
    strictly=(400, ""),
)
"""The documentation's examples as they stand: SOAP 1.2 in text/xml, no SOAPAction, the headers beside the Body."""

LIBRARIES = {
    "nusoap": Manner(
        Style(prefix="SOAP-ENV", default_namespace=True, header_prefix="h4711", int_namespace=None),
        _NUSOAP,
        "text/xml; charset=UTF-8",
        strictly=(500, "DeserializationFailed"),
    ),
    "nusoap in its own charset": Manner(
        Style(prefix="SOAP-ENV", header_prefix="h2", declaration='<?xml version="1.0" encoding="ISO-8859-1"?>'),
        _NUSOAP,
        "text/xml; charset=ISO-8859-1",
        charset="iso-8859-1",
        strictly=(415, ""),
    ),
    "soaplite": Manner(
        Style(types="all", encoding_style=True, nil_wrapper=True, default_namespace=True),
        Http(headers={"TE": "deflate,gzip;q=0.3", "Connection": "TE, close", "Accept": "text/xml, multipart/*"}),
    ),
    "soaplite, SOAP 1.2": Manner(
        Style("1.2", types="all", encoding_style=True, nil_wrapper=True, default_namespace=True),
        Http(headers={"TE": "deflate,gzip;q=0.3", "Connection": "TE, close", "Accept": "text/xml, multipart/*"}),
        "application/soap+xml; charset=utf-8",
        strictly=(415, ""),
    ),
    "kdsoap": Manner(Style(credentials="nil"), Http(headers={"Accept-Encoding": "compress"}), "text/xml;charset=utf-8"),
    "mono-wcf": Manner(
        Style(prefix="s", default_namespace=True, nil_members=True, base="nil"),
        Http(expect=True, headers={"Connection": "keep-alive"}),
        time_zone=TIME_ZONE,
    ),
    "jaxws": Manner(
        Style(
            prefix="S",
            default_namespace=True,
            header_prefix="",
            nil_members=True,
            base="nil",
            nil_time_zone=True,
            declaration="<?xml version='1.0' encoding='UTF-8'?>",
        ),
        Http(headers={"Accept": "text/xml, multipart/related", "Connection": "keep-alive"}),
    ),
    "node-soap": Manner(
        Style(default_namespace=True, header_prefix="", references=True), Http(headers={"Accept-Encoding": "none"})
    ),
    "node-soap, SOAP 1.2": Manner(
        Style("1.2", default_namespace=True, header_prefix="", references=True),
        content_type='application/soap+xml; charset=utf-8; action="{action}"',
        soap_action=None,
        strictly=(415, ""),
    ),
    "soap4r": Manner(
        Style(
            prefix="env",
            must_understand="1",
            types="carriers",
            nil_members=True,
            base="empty",
            long_nil=True,
            pretty=True,
            declaration='<?xml version="1.0" encoding="utf-8" ?>',
        ),
        Http(headers={"Accept-Encoding": "gzip;q=1.0,deflate;q=0.6,identity;q=0.3"}),
    ),
    "gsoap": Manner(Style(prefix="SOAP-ENV", must_understand="1"), Http(headers={"Connection": "close"})),
    "the documentation": DOCUMENTATION,
}

VARIATIONS = {
    "no SOAPAction": Manner(soap_action=None, strictly=(500, "ActionNotSupported")),
    "an empty SOAPAction": Manner(soap_action='""', strictly=(500, "ActionNotSupported")),
    "a SOAPAction without quotes": Manner(soap_action="{action}"),
    "SOAP 1.2 without an action": Manner(
        Style("1.2"), content_type="application/soap+xml; charset=utf-8", soap_action=None, strictly=(415, "")
    ),
    "SOAP 1.2 with a SOAPAction": Manner(Style("1.2"), content_type="application/soap+xml", strictly=(415, "")),
    "SOAP 1.2 in text/xml": Manner(Style("1.2"), strictly=(400, "")),
    "no charset": Manner(content_type="text/xml"),
    "a charset in capitals, quoted": Manner(content_type='TEXT/XML;CHARSET="UTF-8"'),
    "pretty-printed": Manner(Style(pretty=True)),
    "newlines as references": Manner(Style(references=True, pretty=True)),
    "types everywhere": Manner(Style(types="all", encoding_style=True)),
    "arrays of SOAP's own encoding": Manner(Style(encoded_arrays=True), strictly=(500, "DeserializationFailed")),
    "nil wherever there is nothing": Manner(Style(nil_members=True, base="nil", nil_wrapper=True, nil_time_zone=True)),
    "texts in CDATA": Manner(Style(cdata=True)),
    "a byte order mark": Manner(charset="utf-8-sig"),
    "UTF-16": Manner(
        Style(declaration='<?xml version="1.0" encoding="utf-16"?>'),
        content_type="text/xml; charset=utf-16",
        charset="utf-16",
    ),
    "no XML declaration": Manner(Style(declaration=None)),
    "chunks": Manner(http=Http(chunked=True)),
    "chunks that wait": Manner(http=Http(chunked=True, expect=True)),
    "HTTP/1.0 kept alive": Manner(http=Http(version="1.0", headers={"Connection": "keep-alive"})),
    "an absolute URL": Manner(http=Http(absolute=True)),
    "mustUnderstand 1": Manner(Style(must_understand="1"), time_zone=TIME_ZONE),
    "mustUnderstand true": Manner(Style(must_understand="true"), time_zone=TIME_ZONE),
    "mustUnderstand 0": Manner(Style(must_understand="0"), time_zone=TIME_ZONE),
    "mustUnderstand true in SOAP 1.2": Manner(
        Style("1.2", must_understand="true"),
        content_type="application/soap+xml; charset=utf-8",
        time_zone=TIME_ZONE,
        strictly=(415, ""),
    ),
    "a nil ticket": Manner(Style(credentials="nil ticket")),
    "credentials without a ticket": Manner(Style(credentials="nothing")),
    "no credentials": Manner(Style(credentials="left out")),
}
