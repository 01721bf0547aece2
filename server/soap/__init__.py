"""SOAP and nothing else: envelopes, faults, WSDL.  What an operation decides stands in ``server.messaging``."""

from messaging_double.models.contract import spyne_compat  # noqa: F401 (before anything of spyne)
