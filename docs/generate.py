"""Write the generated parts of the pages: a heading for each setting, profile, magic recipient, fault and endpoint.

``python docs/generate.py`` replaces what stands between ``<!-- generated: NAME -->`` and ``<!-- end -->``. A test
compares the pages with the tables.
"""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import fields

from messaging_double.models import durations
from messaging_double.models.faults import FAULTS
from messaging_double.models.magic import DOMAIN, NUMBERS
from messaging_double.models.profiles import BUILTIN_PROFILES, Profile, Step
from messaging_double.models.records import User
from messaging_double.server.settings import SECTIONS, Settings, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.server.settings.row import Setting

FOLDER = Path(__file__).parent
PAGES = ("settings.md", "simulation.md", "faults.md", "endpoints.md")
_REGION = re.compile(r"(<!-- generated: ([\w ]+) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)


def render(text: str) -> str:
    """Return a page with its generated parts as they have to be."""
    return _REGION.sub(lambda found: f"{found[1]}\n{_PARTS[found[2]]()}\n{found[4]}", text)


def _settings() -> str:
    return "\n\n".join(part for name, about in SECTIONS.items() for part in _section(name, about))


def _section(name: str, about: str) -> Iterator[str]:
    yield f"## {name.capitalize()}\n\n{about}"
    yield from (_setting(row) for row in table() if row.section == name)


def _setting(row: Setting[Any]) -> str:
    takes = row.kind.expected.rstrip(",")
    if row.kind.file_only:
        more = f"Takes {takes}; see [its tables](#tables-of-{row.key})."
        return f"### {row.key}\n\n{row.help}\n\n{more}\n\n```toml\n{row.kind.example}\n```"
    default = "none" if row.default in (None, ()) else f"`{row.shown_default()}`"
    names = f"`{row.flag}` or `{row.variable}`; in the file for example `{row.in_file()}`"
    return f"### {row.key}\n\n{row.help}\n\n- Takes {takes}.\n- Default: {default}.\n- {names}."


def _catalogue() -> str:
    tables = "\n\n".join(f"[[plugins]]\nname = {json.dumps(each.name)}" for each in Settings().plugins)
    return f"```toml\n{tables}\n```"


def _user() -> str:
    rows = [(each.encode_name, each.default) for each in fields(User)]
    lines = [f"| `{name}` | {'' if name == 'name' else f'`{json.dumps(default)}`'} |" for name, default in rows]
    return "\n".join(["| key | default |", "|---|---|", *lines])


def _profiles() -> str:
    return "\n\n".join(map(_profile, BUILTIN_PROFILES))


def _profile(profile: Profile) -> str:
    numbers = [f"`{number}`" for number, outcome in NUMBERS.items() if outcome == profile.name]
    magic = f"Magic recipients: {', '.join([*numbers, f'`{profile.name}@{DOMAIN}`'])}."
    if profile.one_of:
        steps = f"One of {', '.join(f'`{each}`' for each in profile.one_of)}, drawn by the seed."
    else:
        rows = "\n".join(map(_step, profile.steps))
        steps = f"| when | status | description | reply |\n|---|---|---|---|\n{rows}"
    return f"### {profile.name}\n\n{_sentence(profile.help)}\n\n{steps}\n\n{magic}"


def _step(step: Step) -> str:
    if step.by_hand:
        when = "by hand"
    elif step.polls is not None:
        when = f"poll {step.polls}"
    else:
        after: Any = step.after
        when = f"{durations.written(after)} later" if after else "at once"
    cells = (when, step.status or "", step.description or "", step.reply or "")
    return f"| {' | '.join(str(each) for each in cells)} |"


def _magic() -> str:
    return "\n\n".join(f"### {number}\n\n{_outcome(outcome)}" for number, outcome in NUMBERS.items())


def _outcome(outcome: str) -> str:
    profile = next((each for each in BUILTIN_PROFILES if each.name == outcome), None)
    if profile is not None:
        return f"The message gets the profile [`{outcome}`](#{outcome}): {profile.help}."
    fault = outcome if any(each.name == outcome for each in FAULTS) else _GENERAL[outcome.partition("-")[0]]
    anchor = fault.lower().replace(" ", "-")
    return f"The call gets the fault `{outcome}` ([{fault}](faults.md#{anchor}))."


_GENERAL = {"in": "in-band error", "soap": "SOAP fault", "http": "HTTP status"}


def _faults() -> str:
    return "\n\n".join(
        f"### {each.name}\n\n{each.does}\n\n"
        f"- Rule: `{json.dumps({'then': each.then})}`\n"
        f"- The call is {'' if each.processed else 'not '}carried out.\n"
        f"- A client reports: {each.seen}."
        + ("\n- Only with the embedded server, `messaging-double serve`." if each.needs_wire else "")
        for each in FAULTS
    )


def _endpoints() -> str:
    return str(runpy.run_path(str(FOLDER / "endpoints.py"))["render"]())


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


_PARTS = {
    "settings": _settings,
    "catalogue": _catalogue,
    "user": _user,
    "profiles": _profiles,
    "magic": _magic,
    "faults": _faults,
    "endpoints": _endpoints,
}

if __name__ == "__main__":
    for page in PAGES:
        path = FOLDER / page
        path.write_text(render(path.read_text("utf-8")), "utf-8")
