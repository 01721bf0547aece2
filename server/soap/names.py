"""Namespaces of the wire."""

from __future__ import annotations

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
XML = "http://www.w3.org/XML/1998/namespace"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
WSDL_ADDRESSING = "http://www.w3.org/2006/05/addressing/wsdl"
SERIALIZATION = "http://schemas.microsoft.com/2003/10/Serialization/"
"""Microsoft's namespace for the annotations of the DataContractSerializer."""

XSI_NIL = f"{{{XSI}}}nil"
