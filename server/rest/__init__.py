"""The REST API over HTTP: the agents' operations as JSON, the documents around them, and where a ticket comes from."""
