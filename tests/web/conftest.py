"""A real browser that looks at a double's page.

Without Playwright or a Chromium (Debian's `chromium-headless-shell`, which is twice as fast, or `chromium`, or the path
in CHROMIUM) these tests are skipped; with TEST_BROWSER=1, as in CI, they fail instead.
"""

from __future__ import annotations

import itertools
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import make_server

from messaging_double.client import MessagingDouble
from messaging_double.server.app import create_app
from messaging_double.server.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messaging_double.client import Tenant

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_numbers = itertools.count(1)


def _is_missing(what: str) -> None:
    if os.environ.get("TEST_BROWSER"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Return a browser."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    try:
        from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - it need not be there
    except ImportError:
        _is_missing("no Playwright: pip install playwright")
    if path is None:
        _is_missing("no Chromium: apt-get install chromium-headless-shell, or set CHROMIUM to its path")
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core."""
    if not AXE.exists():
        _is_missing("no axe-core: npm install --no-package-lock")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def running() -> Iterator[MessagingDouble]:
    """Return a double in a thread."""
    with MessagingDouble() as double:
        yield double


@pytest.fixture
def other_server() -> Iterator[str]:
    """Return the URL of a double under another WSGI server than its own."""
    app = create_app(Settings())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()
    app.close()


@pytest.fixture
def tenant(running) -> Tenant:
    """Return a tenant that no other test has."""
    return running.tenant(f"Cust{next(_numbers)}")


@pytest.fixture(scope="session")
def problems() -> list[str]:
    """Return the errors that pages log, and the URLs that they ask other hosts for."""
    return []


@pytest.fixture(scope="session")
def new_window(chromium, problems) -> Callable[..., Any]:
    """Return a function that opens a window."""

    def start(**options: Any) -> Any:
        context = chromium.new_context(locale="en-GB", timezone_id="UTC", **options)
        context.set_default_timeout(10_000)
        context.on("request", lambda request: problems.append(request.url) if _is_foreign(request.url) else None)
        context.on("console", lambda message: problems.append(message.text) if _is_error(message) else None)
        context.on("weberror", lambda error: problems.append(str(error.error)))
        context.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))
        return context

    return start


@pytest.fixture(scope="session")
def window(new_window) -> Any:
    """Return the window of all tests that need no options: each takes a process, and loads the page anew."""
    return new_window()


@pytest.fixture(scope="session")
def idle_tabs() -> list[Any]:
    """Return the tabs of that window that no test looks at: a new one takes a process."""
    return []


@pytest.fixture
def open_page(window, idle_tabs, new_window, problems, running) -> Iterator[Callable[..., Any]]:
    """Open pages, each in a tab of one window; in the end none may have logged an error or asked another host."""
    pages = []

    def open_at(place: str, url: str = running.url, **options: Any) -> Any:
        opened = new_window(**options) if options else window
        page = idle_tabs.pop() if idle_tabs and opened is window else opened.new_page()
        pages.append(page)
        page.goto(f"{url}/#/{place}")
        page.locator("#live.live, #live.polling").wait_for()
        return page

    yield open_at
    for page in pages:
        if page.context is window:
            page.goto("about:blank")
            idle_tabs.append(page)
        else:
            page.context.close()
    found = problems.copy()
    problems.clear()
    assert found == []


def _is_error(message: Any) -> bool:
    """Say whether a message of the console is one of an error: not that a wrong request, or a stream, was refused."""
    return message.type == "error" and not any(status in message.text for status in ("status of 400", "status of 501"))


def _is_foreign(url: str) -> bool:
    return urlsplit(url).hostname != "127.0.0.1"
