"""SOAP and nothing else: envelopes, faults, WSDL. What an operation decides stands in ``server.agents``."""

from messaging_double.models.contract import spyne_compat  # noqa: F401 (before anything of spyne)

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
