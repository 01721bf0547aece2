"""Writes ``docs/settings.md`` from the table.

``python -m messaging_double.server.settings.docs > docs/settings.md``
"""

from __future__ import annotations

import json
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from messaging_double.models.users import User

from . import SECTIONS, Settings, table

if TYPE_CHECKING:
    from .row import Setting

_HEAD = """\
# Settings

<!-- Made from the table in server/settings; a test compares them. To make it anew:
python -m messaging_double.server.settings.docs > docs/settings.md -->

Each setting can be given in three ways, the strongest first:

1. a flag: `messaging-double serve --port-file port.txt`; yes or no is `--strict` and `--no-strict`;
2. the environment: `MESSAGING_DOUBLE_PORT_FILE=port.txt`; a variable that is empty counts as not set;
3. the configuration file, TOML, named by `--config FILE` or `MESSAGING_DOUBLE_CONFIG`: `port-file = "port.txt"`.

From Python it is `Settings(port_file=Path("port.txt"))`. Paths are relative to the working directory.

A wrong value, a key or a `MESSAGING_DOUBLE_...` variable that nobody knows ends the start with exit status 2 and a
sentence that names it, even where a stronger source would have overridden it. Only the variables that Kubernetes and
docker make for a service named `messaging-double` (`MESSAGING_DOUBLE_PORT=tcp://...`, `MESSAGING_DOUBLE_SERVICE_HOST`
...) are passed over.
"""

_PLUGINS = """\
### plugins

In the configuration file only, after all other keys. Each table is a plugin:

| key | default | what it says |
|---|---|---|
| `name` | | its name, each its own |
| `formats` | `["sms/text"]` | its SupportedMessagingFormats in the answer of GetPlugins |
| `supports-config` | `true` | its SupportsConfig, likewise |
| `external-ids` | `true` | whether its messages get an external id, the key of SetDeliveryStatus; not in GetPlugins |

The default has the names that the vendor documents; its newer pages list Link Mobility SMS where older ones list
PSWinCom SMS. CM, Compaya SMS (cpsms.dk) and SMS Teknik offer `sms/text` and nothing else: so do the plugins that the
vendor published. The formats of the others are ours, and so is `supports-config` of all.

That all of them give external ids is ours too: of the three published plugins only SMS Teknik does. With
`external-ids = false` a message has none, `null` in JSON, and no SetDeliveryStatus of the plugin matches: it is kept
as an unmatched report, or refused where `unknown-external-message-id` is `error`; the call's notes say why.

The default catalogue, and a plugin of which everything is said:

```toml
{catalogue}
```

```toml
[[plugins]]
name = "CM"
formats = ["sms/text"]
supports-config = true
external-ids = false
```
"""

_LOGINS = """\
### users and applications

Likewise. Each table of `users` is somebody who may log in: `name` and `password` (compared as written), and what the
principal carrier says of them, with these defaults: {user}; `full-name` is the `name` where it is empty. Each table of
`applications` is a known application: `token`, its ApplicationToken, and `agents` (default `["Messaging"]`), the
restricted agents that it was granted. As soon as one is named, only those named pass, and nothing fails on purpose
there any more ([tickets](tickets.md)).

```toml
[[users]]
name = "ole"
password = "a password"
full-name = "Ole Normann"
associate-id = 12

[[applications]]
token = "a client secret"
agents = ["Messaging"]
```
"""


_PROFILES = """\
### profiles

Likewise. Each table of `profiles` is a delivery life of your own: `name`, and `steps` or `one-of`
([simulation](simulation.md#profiles-of-your-own)).
"""


_RULES = """\
### rules

Likewise. Each table of `rules` is a rule as `POST T/rules` of the control API takes it, its keys in the same lower
camel case, but without `position`: they stand in the order in which they are asked ([rules](rules.md)).

```toml
[[rules]]
name = "gateway down"
when = { operation = "SendMessages", to = { pattern = "+47*" } }
then = { http = 503, retryAfter = 2 }
times = 2
```
"""


def document() -> str:
    """Return the whole page."""
    return "\n".join(
        [_HEAD, *(_section(name, about) for name, about in SECTIONS.items()), _plugins(), _logins(), _PROFILES, _RULES]
    )


def _section(name: str, about: str) -> str:
    rows = "\n".join(_row(row) for row in table() if row.section == name)
    head = "| setting | takes | default | what it does |\n|---|---|---|---|"
    return f"## {name.capitalize()}\n\n{about}\n\n{head}\n{rows}\n"


def _row(row: Setting[Any]) -> str:
    names = f"`{row.key}`<br>`{row.flag}`<br>`{row.variable}`"
    default = "none" if row.default in (None, ()) else f"`{row.shown_default()}`"
    if row.kind.file_only:
        names, default = f"`[[{row.key}]]`", "see below"
    expected = row.kind.expected.rstrip(",")
    return f"| {names} | {expected} | {default} | {row.help} |"


def _plugins() -> str:
    tables = [f"[[plugins]]\nname = {json.dumps(each.name)}" for each in Settings().plugins]
    return _PLUGINS.format(catalogue="\n\n".join(tables))


def _logins() -> str:
    shown = {each.name: each.default for each in fields(User) if each.name not in ("name", "password", "full_name")}
    told = (f"`{name.replace('_', '-')}` {json.dumps(default)}" for name, default in shown.items())
    return _LOGINS.format(user=", ".join(told))


if __name__ == "__main__":
    sys.stdout.write(document())
