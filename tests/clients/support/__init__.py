"""What the tests of clients share."""

import pytest

pytest.register_assert_rewrite(f"{__name__}.whole_round")
