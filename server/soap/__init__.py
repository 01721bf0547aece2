"""SOAP and nothing else: envelopes, faults, WSDL.  What an operation decides stands in ``server.messaging``."""
