"""Guesses which SOAP URL a path was meant to be that is none."""

from __future__ import annotations

import re

from messaging_double.models.versions import VERSIONS
from messaging_double.server.did_you_mean import most_similar

_AGENTS = {"messaging": "Messaging", "soprincipal": "SoPrincipal"}
_VERSION = re.compile(r"(?:net)?serv[a-z]*[^a-z0-9]?([0-9]{1,4})", re.IGNORECASE)
_LEAST_LIKE = 0.75


def near_path(path: str) -> str | None:
    """Return the SOAP URL that is nearest to ``path``; ``None`` where it has nothing of one."""
    segments = [each for each in path.split("/") if each]
    begin, agent, number = None, "Messaging", None
    for position, segment in reversed(list(enumerate(segments))):
        stem, dot, ending = segment.partition(".")
        version, named = _VERSION.fullmatch(segment), most_similar(stem, _AGENTS, cutoff=_LEAST_LIKE)
        if ending.lower() == "svc" and named is None:
            return None  # another agent
        number = int(version[1]) if version else number
        agent = _AGENTS[named] if named else agent
        if version or (named and dot) or most_similar(segment, ["remote"], cutoff=_LEAST_LIKE):
            begin = position
    if begin is None:
        return None
    services = f"Services{number if number in VERSIONS else max(VERSIONS)}"
    return "/".join(["", *segments[:begin], "Remote", services, f"{agent}.svc"])
