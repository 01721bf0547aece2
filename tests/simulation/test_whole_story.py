"""What nobody can test against the real service, in one test: no sleep, no waiting."""

from __future__ import annotations

import time

from support.envelopes import outgoing
from support.simulated import BEGIN, advance, conversation, history, numbers, polled, steer

from messaging_double.models.profiles import Profile, Step


def test_a_whole_life_a_reply_an_answer_and_six_hours_take_less_than_a_second(start_double) -> None:
    steps = (Step(17, "Queued", polls=1), Step(17, "Still on its way", polls=1), Step("delivered", polls=2))
    double = start_double(clock=BEGIN, profiles=(Profile("asked", steps=steps),), plugin_profiles=(("CM", "asked"),))
    begin = time.perf_counter()

    double.send(outgoing(From="Us", To="+4790000001", Content="Coming at eight?"))
    assert [polled(double) for _ in range(5)] == [17, 17, 17, 2, 2]
    assert numbers(double) == [1, 17, 17, 2]

    came = steer(double, "POST", "outbox/1/reply", {"content": "Yes!"})
    double.send(outgoing(From="Us", To="+4790000001", Content="Good", ParentMessagingId=1))
    assert conversation(double, came["sessionKey"]) == [("out", "Coming at eight?"), ("in", "Yes!"), ("out", "Good")]

    double.send(*[outgoing(To="expires@sim.test", Content=f"{number}") for number in range(50)])
    happened = advance(double, "PT6H1M")
    assert [each["status"] for each in happened] == [4] * 50
    assert {message["status"] for message in double.outbox() if message["to"] == "expires@sim.test"} == {4}
    assert history(double, 52)[-1] == (4, 21600.0, "profile expires")

    assert time.perf_counter() - begin < 1
