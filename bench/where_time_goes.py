"""Say in which package, and in which library, the time of one SendMessages goes.

    python bench/where_time_goes.py

In process, without sockets. The share is what to look at: the profiler itself makes Python code slower and C code not.
Not called ``profile.py``, since a script of that name hides the standard library's module from ``cProfile``.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import messaging_double.models
import messaging_double.server
import messaging_double.storage
from messaging_double.server.app import create_app

from load import NAMESPACE, PATH, REQUESTS, messaging_ids

BODIES = [request.partition(b"\r\n\r\n")[2] for request in REQUESTS]
PACKAGES = {
    str(Path(package.__file__ or "").parent): package.__name__.rpartition(".")[2]
    for package in (messaging_double.models, messaging_double.server, messaging_double.storage)
}
NATIVE = re.compile(r"\b(sqlite3|lxml)\b")
Function = tuple[str, int, str]


def environ_of(body: bytes) -> dict[str, Any]:
    """Give what a WSGI server would."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH,
        "CONTENT_TYPE": "text/xml; charset=utf-8",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_SOAPACTION": f'"{NAMESPACE}/Messaging/SendMessages"',
        "wsgi.input": io.BytesIO(body),
    }
    setup_testing_defaults(environ)
    return environ


def call(app: Any, number: int) -> None:  # noqa: ANN401 -- any WSGI application
    """Send one message and see that it was sent."""
    status = ""

    def start_response(line: str, *_: object) -> None:
        nonlocal status
        status = line

    answer = b"".join(app(environ_of(BODIES[number % len(BODIES)]), start_response))
    messaging_ids(f"HTTP/1.1 {status}\r\n\r\n".encode() + answer)


def package_of(function: Function) -> str:
    """Give the package or the library in which a function stands; empty for one that is built in."""
    path, _, name = function
    if path == "~":
        native = NATIVE.search(name)
        return f"{native[1]} (C)" if native else ""
    for folder, package in PACKAGES.items():
        if path.startswith(folder):
            inner = Path(path).relative_to(folder).parts
            return "/".join([package, *inner[:-1]])
    parts = Path(path).parts
    return parts[parts.index("site-packages") + 1] if "site-packages" in parts else "standard library"


def time_by_package(profile: cProfile.Profile) -> dict[str, float]:
    """Sum up the functions' own time; a built-in's goes to the packages that call it."""
    packages: dict[str, float] = defaultdict(float)
    table: dict[Function, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for function, (_, _, own, _, callers) in table.items():
        if package := package_of(function):
            packages[package] += own
            continue
        for caller, (_, _, own_there, _) in callers.items():
            packages[package_of(caller) or "standard library"] += own_there
    return packages


def main() -> None:
    """Profile and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    calls = parser.parse_args().calls
    app = create_app()
    try:
        for number in range(200):
            call(app, number)
        start = time.perf_counter()
        for number in range(calls):
            call(app, number)
        print(f"{1e6 * (time.perf_counter() - start) / calls:.0f} µs a call without the profiler; with it:")
        with cProfile.Profile() as profile:
            for number in range(calls):
                call(app, number)
    finally:
        app.close()
    packages = time_by_package(profile)
    for package, seconds in sorted(packages.items(), key=lambda item: -item[1]):
        print(f"{package:24} {1e6 * seconds / calls:8.0f} µs  {seconds / sum(packages.values()):6.1%}")


if __name__ == "__main__":
    main()
