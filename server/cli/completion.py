"""``messaging-double completion``: a script that lets a shell complete commands and flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

SHELLS = ("bash", "zsh")
_ZSH = "autoload -Uz +X compinit bashcompinit && compinit && bashcompinit\n"
_SCRIPT = """_messaging_double() {{
  local words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="{commands}"
  else
    case "${{COMP_WORDS[1]}}" in
{cases}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _messaging_double messaging-double
"""


def script(shell: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return the script for a shell; ``parsers`` are those of all commands."""
    cases = "\n".join(f'      {name}) words="{" ".join(_words(parser))}" ;;' for name, parser in parsers.items())
    return (_ZSH if shell == "zsh" else "") + _SCRIPT.format(commands=" ".join(parsers), cases=cases)


def _words(parser: argparse.ArgumentParser) -> list[str]:
    """Return the flags of a command, and the values of its positional arguments where these are limited."""
    words = []
    for action in parser._actions:  # noqa: SLF001 (argparse has no other list of them)
        words += [each for each in action.option_strings if each.startswith("--")]
        if not action.option_strings and action.choices:
            words += [str(each) for each in action.choices]
    return words
