"""A row of the table of settings, and the error text for a wrong value."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "MESSAGING_DOUBLE_"

_T = TypeVar("_T")
_SHOWN = 200


class SettingsError(ValueError):
    """A setting that cannot be used; its text is one sentence for the user."""


@dataclass(frozen=True)
class Kind(Generic[_T]):
    """The kind of values that a setting takes."""

    read: Callable[[object], _T]
    """Converts what arrived to the value; raises ``ValueError``."""
    example: str
    """A valid value, as text."""
    placeholder: str
    """The name of the value in the help of the command line; empty for a switch."""
    type: Any = None
    """The type that ``server/validation`` checks and describes."""
    words: str = ""
    """The description of what is not of such a type; of pairs the word for their names."""
    file_only: bool = False
    """Whether only the configuration file can hold it."""
    secret: bool = False
    """Whether it may contain passwords or tokens, which no error text may repeat."""
    pairs: Kind[Any] | None = None
    """The kind of the values to which it maps names."""

    @property
    def expected(self) -> str:
        """What it takes, in words: "a whole number from 0 to 65535"."""
        if self.pairs is not None:
            return f"{self.words}=VALUE pairs separated by commas, VALUE being {self.pairs.expected.rstrip(',')},"
        if self.words:
            return self.words
        from messaging_double.server.validation import expected_of  # noqa: PLC0415 (only for texts)

        return expected_of(self.type)


@dataclass(frozen=True)
class Setting(Generic[_T]):
    """One row of the table of settings."""

    kind: Kind[_T]
    default: _T
    help: str
    name: str = ""
    section: str = ""

    @property
    def key(self) -> str:
        """The name in the configuration file: ``port-file``."""
        return self.name.replace("_", "-")

    @property
    def flag(self) -> str:
        """The name on the command line: ``--port-file``."""
        return "--" + self.key

    @property
    def variable(self) -> str:
        """The name in the environment: ``MESSAGING_DOUBLE_PORT_FILE``."""
        return PREFIX + self.name.upper()

    @property
    def is_switch(self) -> bool:
        """Whether the flag takes no value: ``--strict``, ``--no-strict``."""
        return not self.kind.placeholder

    def shown_default(self) -> str:
        """Return the default for the documentation."""
        if self.default is None:
            return "none"
        if isinstance(self.default, bool):
            return str(self.default).lower()
        if isinstance(self.default, float):
            return f"{self.default:g}"
        if isinstance(self.default, tuple):
            return ", ".join(each.name for each in self.default) or "none"
        return str(self.default)

    def read(self, arrived: object, came_from: str, example: str) -> _T:
        """Return the value of what arrived, or refuse it with a sentence."""
        try:
            return self.kind.read(arrived)
        except ValueError as error:
            raise self.refusal(arrived, came_from, example, str(error)) from None

    def check(self, value: object) -> None:
        """Refuse a value from Python code that is not of this setting's kind, or not typed."""
        if value is self.default:
            return
        typed = self.read(value, "Python code", self.in_python())
        if typed != value:
            raise self.refusal(value, "Python code", self.in_python())

    def refusal(self, arrived: object, came_from: str, example: str, detail: str = "") -> SettingsError:
        """Return an error text: what arrived from where, what is expected, an example; of tables only the place."""
        begin, end = f"The setting {self.key} came from {came_from}", for_example(example)
        if detail and self.kind.file_only:
            return SettingsError(f"{begin.rstrip(',')}, but {detail}; {end}")
        detail = f" ({detail})" if detail else ""
        value = "something that may hold secrets" if self.kind.secret else shown(arrived)
        return SettingsError(f"{begin} as {value}, but {self.kind.expected} was expected{detail}; {end}")

    def in_file(self) -> str:
        """Return a valid line of the configuration file."""
        if self.kind.file_only:
            return self.kind.example
        value: Any = self.kind.read(self.kind.example)
        is_list = isinstance(value, tuple) and all(isinstance(each, str) for each in value)
        is_typed = is_list or isinstance(value, (bool, int, float))
        return f"{self.key} = {json.dumps(value if is_typed else self.kind.example)}"

    def in_python(self) -> str:
        """Return a valid construction from Python."""
        value = self.default if self.kind.file_only else self.kind.read(self.kind.example)
        return f"Settings({self.name}={shown(value)})"


def setting(kind: Kind[_T], help: str, *, default: _T, repr: bool = True) -> _T:  # noqa: A002
    """Declare a field of ``Settings``; its row of the table travels in the field's metadata.

    ``help`` and ``repr`` are argparse's and dataclasses' words.
    """
    return field(default=default, repr=repr, metadata={"setting": Setting(kind, default, help)})


def for_example(text: str) -> str:
    """Return the end of a sentence: an example, below it where that has several lines."""
    return f"for example\n{text}" if "\n" in text else f"for example {text}"


def shown(value: object) -> str:
    """Return the value for a sentence: on one line and of bounded length."""
    text = ascii(value) if not isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"
