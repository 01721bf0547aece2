"""The journal: records requests and responses as they were on the wire."""
