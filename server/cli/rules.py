"""The commands about how calls are answered: rules, profiles, tickets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .command import (
    CRITERIA,
    JSON,
    WIDE,
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
from .lists import json_of, own
from .output import counted, quoted, say, say_json, visible
from .verify import match_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from .double import Double
    from .output import Json


_FAULTS = "a name that `faults` lists, or http=503, delay=2s, status=failed, error=TEXT, fault=TEXT, or JSON"
_NESTED = {"error": "message", "fault": "text", "status": "status"}


def then_of(text: str) -> Any:  # noqa: ANN401 (JSON)
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
    answers = [then_of(each) for each in arguments.then]
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
            ("--times", {"metavar": "NUMBER", "type": positive(), "help": "how many calls; default: all"}),
            ("--skip", {"metavar": "NUMBER", "type": count, "help": "how many calls to leave alone before"}),
            ("--ttl", {"metavar": "TIME", "type": length, "help": "for how long, by the tenant's clock"}),
            ("--probability", {"metavar": "FRACTION", "type": float, "help": "of how many calls: 0.5 is every second"}),
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
