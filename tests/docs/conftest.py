import pytest
from support.processes import ServedDouble
from support.sockets import Client


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    with ServedDouble(tmp_path_factory.mktemp("double"), "--log-level", "error") as double:
        yield double


@pytest.fixture
def double_url(served):
    """The address of a double where no tenant has anything."""
    with Client(served.url) as client:
        assert client.ask("DELETE", "/_mock/v1/tenants").status == 200
    return served.url
