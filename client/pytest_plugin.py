"""The pytest plugin: a double for the run, a fresh tenant for each test that wants one; nothing is autouse.

Loaded in every run of every project that has it installed: all that costs anything is imported where it is used.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from . import MessagingDouble, Tenant

URL_VARIABLE = "MESSAGING_DOUBLE_URL"
TOKEN_VARIABLE = "MESSAGING_DOUBLE_CONTROL_TOKEN"  # noqa: S105 (a name)

_TENANT = pytest.StashKey["Tenant"]()
"""Of a test: the tenant that it uses."""
_LEFT = pytest.StashKey[str]()
"""Of a test whose fixtures failed in their ends: the lines for its report."""
_AFTERWARDS = pytest.StashKey[ExitStack]()
"""Of a run, while the fixtures of a test end: what is done once its tenant is reported and deleted."""
_COUNT = pytest.StashKey[int]()
_TITLE = "messaging-double"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup(_TITLE)
    group.addoption(
        "--messaging-double-url",
        metavar="URL",
        help=f"use the double that runs there instead of starting one; or the environment variable {URL_VARIABLE}",
    )
    group.addoption(
        "--messaging-double-report",
        metavar="DIR",
        help="put there what a failing test's tenant has: journal byte for byte, outbox, inbox",
    )


@pytest.fixture(scope="session")
def messaging_double_settings() -> dict[str, Any]:
    """Return the settings of the double that is started for the run; override it in a conftest.py."""
    return {}


@pytest.fixture(scope="session")
def messaging_double_server(
    request: pytest.FixtureRequest, messaging_double_settings: dict[str, Any]
) -> Iterator[MessagingDouble]:
    """Start a double for the run, or attach to the one of --messaging-double-url or MESSAGING_DOUBLE_URL."""
    from . import MessagingDouble  # noqa: PLC0415 (heavy)

    url = _url_of(request.config)
    token = os.environ.get(TOKEN_VARIABLE) or None
    with ExitStack() as ending:
        double = MessagingDouble.at(url, token) if url else MessagingDouble(**messaging_double_settings)
        yield ending.enter_context(double)
        if (afterwards := request.config.stash.get(_AFTERWARDS, None)) is not None:
            afterwards.push(ending.pop_all())


@pytest.fixture
def messaging_double(
    request: pytest.FixtureRequest,
    messaging_double_settings: dict[str, Any],
    messaging_double_server: MessagingDouble,
) -> Tenant:
    """Return a tenant that no other test has; it is deleted when all fixtures of the test have ended."""
    from .fresh import fresh_tenant  # noqa: PLC0415

    stash = request.config.stash
    stash[_COUNT] = number = stash.get(_COUNT, 0) + 1
    shared = bool(_url_of(request.config) or messaging_double_settings.get("database"))
    tenant = fresh_tenant(messaging_double_server, number, shared=shared)
    request.node.stash[_TENANT] = tenant
    return tenant


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Delete a test's tenant, and stop its double, only after all fixtures: one that fails in its end is reported."""
    with ExitStack() as afterwards:
        item.config.stash[_AFTERWARDS] = afterwards
        try:
            yield
        except BaseException:
            if _TENANT in item.stash:
                item.stash[_LEFT] = _report_of(item)
            raise
        finally:
            del item.config.stash[_AFTERWARDS]
            _delete_tenant(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a failing test what its tenant has, and keep that if it is asked for."""
    report = yield
    if report.failed and _TENANT in item.stash:
        report.sections.append((_TITLE, _report_of(item)))
    elif report.failed and _LEFT in item.stash:
        report.sections.append((_TITLE, item.stash[_LEFT]))
    return report


def _report_of(item: pytest.Item) -> str:
    from .reporting import report_of  # noqa: PLC0415

    option = item.config.getoption("messaging_double_report")
    folder = None if option is None else item.config.invocation_params.dir / option
    return report_of(item.stash[_TENANT], folder, item.nodeid)


def _delete_tenant(item: pytest.Item) -> None:
    if _TENANT in item.stash:
        tenant = item.stash[_TENANT]
        del item.stash[_TENANT]
        tenant.delete()


def _url_of(config: pytest.Config) -> str | None:
    url: str | None = config.getoption("messaging_double_url") or os.environ.get(URL_VARIABLE) or None
    return url
