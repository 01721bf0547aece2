"""Lets PyPI's spyne 2.14 be imported on CPython 3.10 to 3.14, also with ``-W error``, and a little faster.

Import this module before anything of spyne. It changes nothing in spyne (2.14.0, of 2022, is its newest release):

* spyne's own copy of ``six`` answers for ``spyne.util.six.moves`` by an importer from before PEP 451, which Python 3.12
  no longer asks: it is loaded first, and another importer answers for it;
* one module of spyne compiles patterns of all XML letters that are not used here, 11 ms of every start: they are
  compiled at their first use.

Spyne's ``protocol.soap`` and ``server.wsgi`` need more, the module ``cgi`` above all, which is gone in Python 3.13; the
double uses neither.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIX = "spyne.util.six"
_LETTERS = "spyne.model.primitive.xml"


class _SixMoves:
    """Finds ``spyne.util.six.moves…`` among the modules of spyne's own six.

    A finder and loader by their protocols: importing their base classes takes 14 ms.
    """

    def __init__(self, known_modules: dict[str, Any]) -> None:
        self._known = known_modules

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 (the finder's protocol)
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, cast("Any", self)) if fullname in self._known else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the default: the real module takes its place as soon as it is executed."""

    def exec_module(self, module: ModuleType) -> None:
        known = self._known[module.__name__]
        # Replaced, not returned from create_module: importlib would write six's name into collections.abc.
        sys.modules[module.__name__] = known._resolve() if hasattr(known, "_resolve") else known  # noqa: SLF001


class _LazyPattern:
    """A pattern that is compiled when anything but its text is used."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        return getattr(re.compile(self.pattern, self._flags), name)


class _LazyLetters:
    """Finds the module with the patterns, and lets it have a ``re`` that compiles later."""

    _loader: Any = None

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname == _LETTERS else None
        if spec is not None:
            self._loader, spec.loader = spec.loader, cast("Any", self)
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the default."""

    def exec_module(self, module: ModuleType) -> None:
        lazy = ModuleType("re")
        lazy.__dict__.update(vars(re), compile=_LazyPattern)
        sys.modules["re"] = lazy
        try:
            self._loader.exec_module(module)
        finally:
            sys.modules["re"] = re


def _load_six() -> None:
    """Load spyne's copy of six before spyne itself, and answer for its importer."""
    spyne = importlib.util.find_spec("spyne")
    if spyne is None or spyne.submodule_search_locations is None:
        message = "spyne is not installed"
        raise ImportError(message, name="spyne")
    path = f"{spyne.submodule_search_locations[0]}/util/six.py"
    spec = importlib.util.spec_from_file_location(_SIX, path)
    if spec is None or spec.loader is None:
        message = f"spyne has no {path}"
        raise ImportError(message, name=_SIX)
    six = importlib.util.module_from_spec(spec)
    sys.modules[_SIX] = six
    spec.loader.exec_module(six)
    importer: Any = six._importer  # noqa: SLF001
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not importer]
    sys.meta_path.append(cast("Any", _SixMoves(importer.known_modules)))


def _load_spyne() -> None:
    _load_six()
    letters = cast("Any", _LazyLetters())
    sys.meta_path.insert(0, letters)
    try:
        importlib.import_module("spyne")
    finally:
        sys.meta_path.remove(letters)


if "spyne" not in sys.modules:
    _load_spyne()
