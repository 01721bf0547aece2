import pytest
from support.processes import ServedDouble


@pytest.fixture
def double_url(tmp_path):
    """The address of a double that runs for one snippet."""
    with ServedDouble(tmp_path / "double", "--log-level", "error") as double:
        yield double.url
