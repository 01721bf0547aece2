"""What the tests of clients share.  Its assertions explain themselves as those of tests do."""

import pytest

for _module in ("double", "whole_round"):
    pytest.register_assert_rewrite(f"{__name__}.{_module}")
