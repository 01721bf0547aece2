"""The pytest plugin: a double for the run, a tenant of its own for each test that wants one; nothing is autouse.

Loaded in every run of every project that has it installed: all that costs anything is imported where it is used.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from messaging_double.models import variables

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from . import MessagingDouble

_TENANT = pytest.StashKey["MessagingDouble"]()
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
        help=f"use the double that runs there instead of starting one; or the environment variable {variables.URL}",
    )
    group.addoption(
        "--messaging-double-tenant",
        metavar="NAME",
        help="one tenant for all tests, reset before each, for an application whose base URL is set once; "
        f"or the environment variable {variables.TENANT}",
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
    """Start a double for the run, or attach to the one of --messaging-double-url or MESSAGING_DOUBLE_URL.

    Its own tenant is that of --messaging-double-tenant, so that its base URL is the application's.
    """
    from . import MessagingDouble  # noqa: PLC0415 (heavy)

    url = _url_of(request.config)
    token = os.environ.get(variables.CONTROL_TOKEN) or None
    tenant = _fixed_tenant_of(request.config) or "default"
    with ExitStack() as ending:
        double = (
            MessagingDouble.at(url, token, tenant=tenant)
            if url
            else MessagingDouble(tenant=tenant, **messaging_double_settings)
        )
        yield ending.enter_context(double)
        if (afterwards := request.config.stash.get(_AFTERWARDS, None)) is not None:
            afterwards.push(ending.pop_all())


@pytest.fixture
def messaging_double(
    request: pytest.FixtureRequest, messaging_double_settings: dict[str, Any], messaging_double_server: MessagingDouble
) -> MessagingDouble:
    """Return the double with a tenant that no other test has; it is deleted when all fixtures of the test have ended.

    With --messaging-double-tenant: with that tenant, reset.
    """
    from .reporting import unique_tenant  # noqa: PLC0415

    if _fixed_tenant_of(request.config):
        messaging_double_server.reset()
        return messaging_double_server
    stash = request.config.stash
    stash[_COUNT] = number = stash.get(_COUNT, 0) + 1
    shared = bool(_url_of(request.config) or messaging_double_settings.get("database"))
    tenant = unique_tenant(messaging_double_server, number, shared=shared)
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
            if (tenant := _tenant_of(item)) is not None:
                item.stash[_LEFT] = _report_of(item, tenant)
            raise
        finally:
            del item.config.stash[_AFTERWARDS]
            _delete_tenant(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell of a failing test what its tenant has, and keep that if it is asked for."""
    report = yield
    if report.failed and _LEFT in item.stash:
        report.sections.append((_TITLE, item.stash[_LEFT]))
    elif report.failed and report.when != "teardown" and (tenant := _tenant_of(item)) is not None:
        report.sections.append((_TITLE, _report_of(item, tenant)))
    return report


def _tenant_of(item: pytest.Item) -> MessagingDouble | None:
    """Return what a test has used: a tenant of its own, or the one of all tests."""
    tenant: MessagingDouble | None = item.stash.get(_TENANT, None)
    if tenant is None and _fixed_tenant_of(item.config):
        tenant = getattr(item, "funcargs", {}).get("messaging_double_server")
    return tenant


def _report_of(item: pytest.Item, tenant: MessagingDouble) -> str:
    from .reporting import report_of  # noqa: PLC0415

    option = item.config.getoption("messaging_double_report")
    folder = None if option is None else item.config.invocation_params.dir / option
    return report_of(tenant, folder, item.nodeid)


def _delete_tenant(item: pytest.Item) -> None:
    if _TENANT in item.stash:
        tenant = item.stash[_TENANT]
        del item.stash[_TENANT]
        tenant.delete()


def _url_of(config: pytest.Config) -> str | None:
    url: str | None = config.getoption("messaging_double_url") or os.environ.get(variables.URL) or None
    return url


def _fixed_tenant_of(config: pytest.Config) -> str | None:
    name: str | None = config.getoption("messaging_double_tenant") or os.environ.get(variables.TENANT) or None
    return name
