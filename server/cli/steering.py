"""The commands about single messages, about time, and about how calls are answered: rules, profiles, tickets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .command import (
    CRITERIA,
    JSON,
    MESSAGE,
    WIDE,
    Argument,
    Command,
    CommandError,
    count,
    given,
    length,
    number,
    number_or_name,
    positive,
    request,
    rows,
)
from .lists import json_of, moment, own, sent, status_of
from .output import columns, counted, quoted, say, say_json, visible
from .verify import match_of

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


_MODES = {
    None: (None, ""),
    "real": ("real", ""),
    "freeze": ("frozen", "now"),
    "run": ("shifted", "now"),
    "shift": ("shifted", "offset"),
}
"""The mode of the control API, and its member that the word beside it is."""


def _clock_run(double: Double, arguments: argparse.Namespace) -> bool:
    mode, member = _MODES[arguments.mode]
    value, *more = arguments.words or (None,)
    if more or ((value is None) != (member == "") and not (value is None and arguments.mode == "freeze")):
        problem = "real takes no value, run a MOMENT, shift a TIME; for example messaging-double clock shift 6h"
        raise CommandError(problem)
    body = {"mode": mode} if value is None else {"mode": mode, member: value}
    method = "GET" if mode is None else "PUT"
    shows = request(method, "T/clock", "mode now", body=lambda _: None if mode is None else body, lines=_clock)
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
                {"nargs": "?", "choices": [*filter(None, _MODES)], "help": "what to do; shows it without"},
            ),
            JSON,
        ),
        "freeze stops it, at a MOMENT if one is given; run lets it go on from a MOMENT; shift sets it a TIME ahead of "
        "the machine's clock, or behind it (-6h); real returns to that.",
        "[{real,freeze,run,shift}] [MOMENT|TIME]",
    ),
)


# how calls are answered


_FAULTS = "a name that `faults` lists, or http=503, delay=2s, status=failed, error=TEXT, fault=TEXT, or JSON"
_NESTED = {"error": "message", "fault": "text", "status": "status"}


def _then_of(text: str) -> Any:  # noqa: ANN401 (JSON)
    """Return the ``then`` of a rule: ``reply-lost``, ``http=503``, ``error=No`` or JSON.  Raises ``CommandError``."""
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError as error:
            raise CommandError(f'{text!r} is no JSON ({error}); for example {{"http": 503}}') from None
    kind, equals, value = text.partition("=")
    if not equals:
        return {"wire": kind}
    if kind in _NESTED:
        return {kind: {_NESTED[kind]: number_or_name(value) if kind == "status" else value}}
    return {kind: number_or_name(value) if kind == "http" else value}


def _rule_body(arguments: argparse.Namespace) -> Json:
    answers = [_then_of(each) for each in arguments.then]
    when = match_of(arguments.words)
    return {
        **given(name="name", times="times", skip="skip", ttl="ttl", probability="probability")(arguments),
        **({"when": when} if when else {}),
        "then": answers[0] if len(answers) == 1 else answers,
    }


def _rule(rule: Json, *_: object) -> Iterator[str]:
    yield f"rule {quoted(rule['name'])} answers {_short(rule.get('when')) or 'all calls'} with {_short(rule['then'])}"


def _rules(rules: Json, _: Double, arguments: argparse.Namespace) -> Iterator[str]:
    cells = {
        "name": own("name"),
        "state": own("state"),
        "matched": own("matched"),
        "used": own("used"),
        "when": json_of("when"),
        "then": json_of("then"),
    }
    yield from rows(rules["rules"], cells, arguments)
    yield counted(rules["rules"], "rule")


def _short(value: Any) -> str:  # noqa: ANN401 (JSON)
    return quoted(value) if value else ""


def _profile_run(double: Double, arguments: argparse.Namespace) -> bool:
    asks_only = arguments.profile is None and not arguments.plugin
    chosen = double.ask("GET", "T/profile", "profile", "plugins")
    if not asks_only:
        plugins = {**chosen["plugins"], **dict(_pair(each) for each in arguments.plugin)}
        profile = chosen["profile"] if arguments.profile is None else _or_default(arguments.profile)
        body = {"profile": profile, "plugins": {name: each for name, each in plugins.items() if each != "default"}}
        chosen = double.ask("PUT", "T/profile", "profile", "plugins", body=body)
    if arguments.json:
        say_json(chosen)
    else:
        lines = [f"plugin {visible(name)}: {visible(profile)}" for name, profile in chosen["plugins"].items()]
        say("\n".join([f"profile: {visible(chosen['profile'] or 'that of the settings')}", *lines]))
    return True


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"{text!r} is no PLUGIN=PROFILE; for example CM=slow")
    return name, value


def _or_default(text: str) -> str | None:
    return None if text == "default" else text


def _auth_run(double: Double, arguments: argparse.Namespace) -> bool:
    way = arguments.auth
    if way is None:
        return request("GET", "T/auth", "auth", lines=_auth)(double, arguments)
    return request("PUT", "T/auth", "auth", body=lambda _: {"auth": _or_default(way)}, lines=_auth)(double, arguments)


def _auth(auth: Json, *_: object) -> Iterator[str]:
    yield f"auth: {auth['auth']}"


def _ticket(ticket: Json, *_: object) -> Iterator[str]:
    yield str(ticket["ticket"])


def _expire_run(double: Double, arguments: argparse.Namespace) -> bool:
    resource = "T/tickets/expire" if arguments.number is None else f"T/tickets/{arguments.number}/expire"
    return request("POST", resource, lines=_expired)(double, arguments)


def _expired(answer: Json, *_: object) -> Iterator[str]:
    if "expired" in answer:
        yield f"{counted(answer['expired'], 'ticket')} expired"


RULES = (
    Command(
        "fault",
        "answer calls otherwise than usual: a fault, a status, a delay",
        "messaging-double fault http=503 to.pattern=+44* --times 2",
        request("POST", "T/rules", "name then", body=_rule_body, lines=_rule),
        (
            ("then", {"metavar": "FAULT", "nargs": 1, "help": _FAULTS}),
            ("--then", {"metavar": "FAULT", "dest": "then", "action": "append", "help": "what the next call gets"}),
            (
                "--times",
                {"metavar": "NUMBER", "type": positive(), "help": "how many calls; default: all, one each with --then"},
            ),
            ("--skip", {"metavar": "NUMBER", "type": count, "help": "how many calls to leave alone before"}),
            ("--ttl", {"metavar": "TIME", "type": length, "help": "for how long, by the tenant's clock"}),
            (
                "--probability",
                {
                    "metavar": "FRACTION",
                    "type": float,
                    "help": "of how many calls, drawn by the seed: 0.5 is half of them",
                },
            ),
            ("--name", {"metavar": "NAME", "help": "name of the rule; made up without"}),
            JSON,
        ),
        "Adds a rule for the calls that meet the criteria: FIELD=VALUE, FIELD.contains=VALUE, FIELD.pattern=VALUE, "
        "FIELD.regex=VALUE with the fields of docs/rules.md; without any it is for all calls.",
        CRITERIA,
    ),
    Command(
        "rules",
        "show the rules of a tenant",
        "messaging-double rules",
        request("GET", "T/rules", "rules", lines=_rules),
        (WIDE, JSON),
        "In the order in which they are asked.",
    ),
    Command(
        "profile",
        "show or set how messages are delivered",
        "messaging-double profile slow --plugin CM=fails",
        _profile_run,
        (
            (
                "profile",
                {"nargs": "?", "metavar": "PROFILE", "help": "for messages to come; default: as in the settings"},
            ),
            ("--plugin", {"action": "append", "default": [], "metavar": "PLUGIN=PROFILE", "help": "of one plugin"}),
            JSON,
        ),
        "`messaging-double profiles` lists them; default returns to that of the settings.",
    ),
    Command(
        "auth",
        "show or set how tickets are checked",
        "messaging-double auth onsite",
        _auth_run,
        (
            ("auth", {"nargs": "?", "choices": ("none", "onsite", "online", "default"), "help": "shows it without"}),
            JSON,
        ),
        "default returns to that of the settings.",
    ),
    Command(
        "ticket",
        "issue a ticket",
        "messaging-double ticket ole",
        request("POST", "T/tickets", "ticket", body=given(user="user"), lines=_ticket),
        (("user", {"metavar": "USER", "help": "for whom"}), JSON),
        "Prints the ticket that a client has to send.",
    ),
    Command(
        "expire",
        "expire one ticket, or all",
        "messaging-double expire",
        _expire_run,
        (
            ("number", {"metavar": "NUMBER", "nargs": "?", "type": number, "help": "one of `tickets`; all without"}),
            JSON,
        ),
    ),
)
