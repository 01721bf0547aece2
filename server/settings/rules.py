"""What settings must keep to between each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .row import SettingsError

if TYPE_CHECKING:
    from . import Settings


class SettingsConflictError(SettingsError):
    """Settings that are right each, and do not go together."""

    def __init__(self, problem: str, *names: str) -> None:
        """Remember the settings at odds, so that it can be said where they came from."""
        super().__init__(problem)
        self.names = names


def refuse_conflicts(settings: Settings) -> None:
    """Refuse half a certificate, two at a time, and a file for the one that is not made."""
    one_file, both_files = "--tls adhoc", "--tls-cert server.pem --tls-key server.key"
    if (settings.tls_cert is None) != (settings.tls_key is None):
        missing = "tls-key" if settings.tls_key is None else "tls-cert"
        problem = f"The settings tls-cert and tls-key go together, but {missing} is missing; for example {both_files}"
        raise SettingsConflictError(problem, "tls_cert", "tls_key")
    if settings.tls == "adhoc" and settings.tls_cert is not None:
        problem = (
            "The setting tls = adhoc makes a certificate of its own, so tls-cert and tls-key cannot be set beside it; "
            f"for example {one_file}, or {both_files}"
        )
        raise SettingsConflictError(problem, "tls", "tls_cert", "tls_key")
    if settings.tls != "adhoc" and settings.tls_ca_file is not None:
        problem = (
            "The setting tls-ca-file is for the certificate of tls = adhoc, but tls is off; "
            f"for example {one_file} --tls-ca-file ca.pem"
        )
        raise SettingsConflictError(problem, "tls", "tls_ca_file")
