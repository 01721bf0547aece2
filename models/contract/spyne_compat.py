"""Lets PyPI's spyne 2.14 be imported on CPython 3.10 to 3.14, also with ``-W error``.

Import this module before anything of spyne.  It changes nothing in spyne; what it puts in place for the import
it takes away again.  Three things stand in the way (spyne 2.14.0 is from 2022 and is its newest release):

* its own copy of ``six`` answers for ``spyne.util.six.moves`` by an importer from before PEP 451, which Python 3.12
  no longer asks;
* it imports ``cgi``, which warns in 3.11 and is gone in 3.13, for a function that the double never reaches (it is
  used in the reading of bodies, which ``messaging_double.server.soap`` replaces);
* one string in it has an escape that newer compilers warn about.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIX = "spyne.util.six"

_NEEDED = (
    "spyne",
    "spyne.const",
    "spyne.interface.wsdl",
    "spyne.model.complex",
    "spyne.model.fault",
    "spyne.model.primitive",
    "spyne.protocol.soap",
    "spyne.server",
)
"""All that the double uses of spyne: loaded here, so that no later import meets what stands in the way."""


class _SixMoves:
    """Finds ``spyne.util.six.moves…`` among the modules that spyne's own six knows.

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
    sys.meta_path.append(_SixMoves(importer.known_modules))


def _load_spyne() -> None:
    real_cgi = sys.modules.get("cgi")
    sys.modules["cgi"] = ModuleType("cgi")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _load_six()
            for name in _NEEDED:
                importlib.import_module(name)
    finally:
        del sys.modules["cgi"]
        if real_cgi is not None:
            sys.modules["cgi"] = real_cgi


if "spyne" not in sys.modules:
    _load_spyne()
