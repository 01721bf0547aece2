"""``messaging-double status``, ``step`` and ``reply``: what a test does to one message by hand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .command import Command
from .flags import add_json, add_messaging_id, add_tenant, remote_of
from .output import quoted, say, say_json

if TYPE_CHECKING:
    import argparse

    Json = dict[str, Any]

_NUMBER = re.compile(r"[+-]?\d{1,19}", re.ASCII)


def _add_status_flags(parser: argparse.ArgumentParser) -> None:
    add_messaging_id(parser)
    parser.add_argument("status", metavar="STATUS", help="a number, or a name such as delivered")
    parser.add_argument("--description", metavar="TEXT", help="the StatusDescription; null without it")
    _add_common_flags(parser)


def _add_reply_flags(parser: argparse.ArgumentParser) -> None:
    add_messaging_id(parser)
    parser.add_argument("content", metavar="CONTENT", help="what the recipient answers")
    _add_common_flags(parser)


def _add_step_flags(parser: argparse.ArgumentParser) -> None:
    add_messaging_id(parser)
    _add_common_flags(parser)


def _add_common_flags(parser: argparse.ArgumentParser) -> None:
    add_json(parser)
    add_tenant(parser)


def _set_status(arguments: argparse.Namespace) -> bool:
    status = arguments.status
    body: Json = {"status": int(status) if _NUMBER.fullmatch(status) else status}
    if arguments.description is not None:
        body["description"] = arguments.description
    return _say_status(arguments, _steer(arguments, "status", body))


def _take_step(arguments: argparse.Namespace) -> bool:
    return _say_status(arguments, _steer(arguments, "step"))


def _say_status(arguments: argparse.Namespace, message: Json) -> bool:
    description = message.get("statusDescription")
    said = "" if description is None else f" {quoted(description)}"
    return _say(arguments, message, f"message {message.get('messagingId')} has status {message.get('status')}{said}")


def _reply(arguments: argparse.Namespace) -> bool:
    came = _steer(arguments, "reply", {"content": arguments.content}, made=True)
    sentence = (
        f"message {came.get('id')} of the inbox came from {quoted(came.get('from'))} to {quoted(came.get('to'))}, "
        f"session key {quoted(came.get('sessionKey'))}"
    )
    return _say(arguments, came, sentence)


def _steer(arguments: argparse.Namespace, what: str, body: Json | None = None, *, made: bool = False) -> Json:
    double = remote_of(arguments)
    resource = double.of_tenant(f"outbox/{arguments.messaging_id}/{what}")
    return double.json("POST", resource, body=body, expected=(201 if made else 200,))


def _say(arguments: argparse.Namespace, answer: Json, sentence: str) -> bool:
    if arguments.json:
        say_json(answer)
    else:
        say(sentence)
    return True


STATUS = Command(
    "status",
    "set the status of a message",
    "Set the status of a message that was sent; its simulated delivery ends with that.",
    'messaging-double status 1 failed --description "No such number"',
    _set_status,
    _add_status_flags,
)
STEP = Command(
    "step",
    "let the delivery of a message go on",
    "Take the next step of a message's profile now, whatever it waits for.",
    "messaging-double step 1",
    _take_step,
    _add_step_flags,
)
REPLY = Command(
    "reply",
    "answer a message",
    "Let the recipient of a message that was sent answer it: a message in the double's inbox, with its session key.",
    "messaging-double reply 1 Takk!",
    _reply,
    _add_reply_flags,
)
