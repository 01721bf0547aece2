"""What the tests of whole processes share: starting them, talking to them, and a table of hostile requests."""
