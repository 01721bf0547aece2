"""The commands about single messages and about time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import JSON, MESSAGE, WIDE, Argument, Command, CommandError, given, length, number_or_name, request, rows
from .lists import moment, own, sent, status_of
from .output import columns, quoted, visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from .double import Double
    from .output import Json, Names


# one message


def _status(message: Json, double: Double, _: argparse.Namespace) -> Iterator[str]:
    description = message.get("statusDescription")
    shown = "" if description is None else f" {quoted(description)}"
    yield f"message {message['messagingId']} has status {status_of(message, double.status_names())}{shown}"


def _reply(message: Json, *_: object) -> Iterator[str]:
    yield (
        f"inbox message {message['id']} came from {quoted(message.get('from'))} to {quoted(message.get('to'))}, "
        f"session key {quoted(message.get('sessionKey'))}"
    )


def _thread(thread: Json, double: Double, arguments: argparse.Namespace) -> Iterator[str]:
    cells = {
        "direction": own("direction"),
        "registered": moment("registered"),
        "from": sent("from"),
        "to": sent("to"),
        "content": sent("content"),
    }
    yield from rows(thread["messages"], cells, arguments, double.status_names())


_CONTENT: Argument = ("content", {"metavar": "CONTENT", "help": "what the recipient answers"})
_STATUS: Argument = (
    "status",
    {"metavar": "STATUS", "type": number_or_name, "help": "a number, or a name such as delivered"},
)
_DESCRIPTION: Argument = ("--description", {"metavar": "TEXT", "help": "the StatusDescription; null without it"})
_KEY: Argument = ("key", {"metavar": "SESSION_KEY", "help": "the session key of the conversation"})

MESSAGES = (
    Command(
        "set-status",
        "set the status of a message",
        'messaging-double set-status 1 failed --description "No such number"',
        request(
            "POST",
            "T/outbox/{message}/status",
            "messagingId status",
            body=given(status="status", description="description"),
            lines=_status,
        ),
        (MESSAGE, _STATUS, _DESCRIPTION, JSON),
        "The simulated delivery of the message ends with that.",
    ),
    Command(
        "step",
        "take the next step of a message's delivery",
        "messaging-double step 1",
        request("POST", "T/outbox/{message}/step", "messagingId status", lines=_status),
        (MESSAGE, JSON),
        "Take the next step of its profile now, whatever it waits for.",
    ),
    Command(
        "reply",
        "answer a message",
        "messaging-double reply 1 Takk!",
        request("POST", "T/outbox/{message}/reply", "id", body=lambda each: {"content": each.content}, lines=_reply),
        (MESSAGE, _CONTENT, JSON),
        "The answer of its recipient comes into the inbox of the double, with the session key of the message.",
    ),
    Command(
        "thread",
        "show a conversation",
        "messaging-double thread KEY",
        request("GET", "T/threads/{key}", "messages", lines=_thread),
        (_KEY, WIDE, JSON),
        "Both directions, oldest first.",
    ),
)


# time


def _advance_body(arguments: argparse.Namespace) -> Json:
    body = given(by="by", to="to")(arguments)
    if len(body) != 1:
        raise CommandError("either TIME or --to is needed; for example messaging-double advance 6h")
    return body


def _advanced(answer: Json, double: Double, _: argparse.Namespace) -> Iterator[str]:
    events = answer["events"]
    names = double.status_names() if any(each.get("status") is not None for each in events) else {}
    if events:
        yield from columns([(visible(str(each["at"])), str(each["what"]), _event(each, names)) for each in events])
    yield f"{answer['now']}  now"


def _event(event: Json, names: Names) -> str:
    """Say what an event is about: a status, a reply, or a rule or ticket that ended."""
    message, came = event.get("messagingId"), event.get("inboxId")
    if message is None:
        return visible(str(event.get("name")))
    return f"message {message}: " + (f"status {status_of(event, names)}" if came is None else f"inbox message {came}")


def _clock_run(double: Double, arguments: argparse.Namespace) -> bool:
    method, body = "GET" if arguments.mode is None else "PUT", None
    if arguments.mode is not None:
        mode, member = {"real": ("real", ""), "freeze": ("frozen", "now"), "run": ("shifted", "now")}.get(
            arguments.mode, ("shifted", "offset")
        )
        value = arguments.moment
        if (value is None) != (member == "") and not (value is None and arguments.mode == "freeze"):
            problem = "real takes no value, run a MOMENT, shift a TIME; for example messaging-double clock shift 6h"
            raise CommandError(problem)
        body = {"mode": mode} if value is None else {"mode": mode, member: value}
    shows = request(method, "T/clock", "mode now", body=lambda _: body, lines=_clock)
    return shows(double, arguments)


def _clock(clock: Json, *_: object) -> Iterator[str]:
    yield f"{clock['now']}  {clock['mode']}"


TIME = (
    Command(
        "advance",
        "move the clock of a tenant forward",
        "messaging-double advance 6h",
        request("POST", "T/clock/advance", "now events", body=_advance_body, lines=_advanced),
        (
            ("by", {"metavar": "TIME", "nargs": "?", "type": length, "help": "how far: 6h, 90s, PT6H"}),
            ("--to", {"metavar": "MOMENT", "help": "until when, in ISO 8601 with its zone: 2026-11-21T08:00:00Z"}),
            JSON,
        ),
        "Applies and prints what was due in between: statuses, replies, tickets and rules that expired.",
    ),
    Command(
        "clock",
        "show or set the clock of a tenant",
        "messaging-double clock freeze 2026-11-21T08:00:00Z",
        _clock_run,
        (
            (
                "mode",
                {"nargs": "?", "choices": ("real", "freeze", "run", "shift"), "help": "what to do; shows it without"},
            ),
            (
                "moment",
                {"nargs": "?", "metavar": "MOMENT|TIME", "help": "freeze or run from a moment; shift by a time"},
            ),
            JSON,
        ),
        "freeze stops it, at a moment if one is given; run lets it go on from a moment; shift sets it ahead of the "
        "machine's clock; real returns to that.",
    ),
)
