"""The contract's carriers and services, as spyne types: with ``server.soap`` the only package that imports spyne."""

from messaging_double.models.contract import spyne_compat  # noqa: F401 (before anything of spyne)
