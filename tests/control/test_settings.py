"""The settings that a double shows."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from messaging_double.models.profiles import Profile, Step
from messaging_double.models.records import Application, Plugin, User
from messaging_double.models.rules import RuleSource
from messaging_double.server.settings import table

SETTINGS = "/_mock/v1/settings"
NIGHT = Profile("night", steps=(Step("sent", by_hand=True),))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("statuses", (("delivered", 7), ("failed", -9)), {"delivered": 7, "failed": -9}),
        ("statuses", (), {}),
        ("magic", (("2077", "fails"), ("+47 2078", "reply-lost")), {"2077": "fails", "+47 2078": "reply-lost"}),
        ("plugin_profiles", (("CM", "slow"),), {"CM": "slow"}),
        ("profiles", (NIGHT,), ["night"]),
        ("rules", (RuleSource("down", '{"then": {"http": 503}}'),), ["down"]),
        ("plugins", (Plugin("A"), Plugin("B")), ["A", "B"]),
        ("users", (User("ole", "a-secret"),), "***"),
        ("users", (), []),
        ("applications", (Application("a-secret", ("Messaging",)),), "***"),
        ("control_token", "a-secret", "***"),
        ("control_token", None, None),
        ("clock", datetime(2026, 1, 1, 8, tzinfo=timezone.utc), "2026-01-01T08:00:00.000000Z"),
        ("cors_origins", ("https://qa.example.com",), ["https://qa.example.com"]),
        ("allowed_hosts", ("qa.example.com",), ["qa.example.com"]),
        ("strict", True, True),
        ("shutdown_seconds", 0.25, 0.25),
        ("drain_seconds", 0.25, 0.25),
        ("company", "Example AS", "Example AS"),
    ],
    ids=str,
)
def test_a_setting_is_shown_as_json_has_it(start_double, name, value, shown) -> None:
    answer = start_double(**{name: value}).get(SETTINGS, Authorization="Bearer a-secret")
    assert answer.status == 200, answer
    assert answer.json[name.replace("_", "-")] == shown
    assert list(answer.json) == [row.key for row in table()]
    assert b"a-secret" not in answer.body
