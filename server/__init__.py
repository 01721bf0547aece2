"""How the world reaches the outbox and the inbox: SOAP, the control API, the HTTP server, the command line."""
