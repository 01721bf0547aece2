"""Conflicts between settings that are valid by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messaging_double.models.magic import FAULTS
from messaging_double.models.profiles import BUILTIN_PROFILES

from .row import SettingsError, shown
from .tables import check_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from . import Settings


class SettingsConflictError(SettingsError):
    """Settings that are valid by themselves and contradict one another."""

    def __init__(self, problem: str, *names: str) -> None:
        """Keep the names of the settings, so that the error can name their sources."""
        super().__init__(problem)
        self.names = names


def refuse_conflicts(settings: Settings) -> None:
    """Refuse certificates that do not go together, and whatever names profiles that there are not."""
    _refuse_certificates(settings)
    _refuse_tokens(settings)
    _refuse_too_much(settings)
    _refuse_workers(settings)
    profiles = [each.name for each in (*BUILTIN_PROFILES, *settings.profiles)]
    _refuse_unknown_profiles(settings, profiles)
    try:
        check_profiles(settings.rules, profiles)
    except ValueError as error:
        problem = f"The setting rules does not go with profiles: {error}"
        raise SettingsConflictError(problem, "rules", "profiles") from None


def _refuse_tokens(settings: Settings) -> None:
    """Refuse tokens of tenants without one for all, or that are the same as it."""
    if not settings.tenant_tokens:
        return
    if settings.control_token is None:
        problem = (
            "The setting tenant-tokens needs control-token, without which everything else of the control API would be "
            "open to all; for example MESSAGING_DOUBLE_CONTROL_TOKEN=a-long-random-text"
        )
        raise SettingsConflictError(problem, "tenant_tokens", "control_token")
    for tenant, token in settings.tenant_tokens:
        if token == settings.control_token:
            problem = f"The setting tenant-tokens gives {shown(tenant)} the control-token, which opens all tenants"
            raise SettingsConflictError(problem, "tenant_tokens", "control_token")


def _refuse_too_much(settings: Settings) -> None:
    """Refuse bounds that leave no room, and a double that would not record when a tenant was used."""
    if len(settings.rules) > settings.max_rules:
        problem = f"The setting rules has {len(settings.rules)} rules, but max-rules allows {settings.max_rules}"
        raise SettingsConflictError(problem, "rules", "max_rules")
    if settings.forget_tenants_after is not None and not settings.journal_entries:
        problem = (
            "The setting forget-tenants-after goes by the journal, which journal-entries = 0 switches off; "
            "for example --journal-entries 1"
        )
        raise SettingsConflictError(problem, "forget_tenants_after", "journal_entries")


def _refuse_workers(settings: Settings) -> None:
    """Refuse processes that would each be a double of their own."""
    if settings.workers > 1 and settings.database is None:
        problem = (
            f"The setting workers is {settings.workers}, but there is no database that they could share; for example "
            f"--workers {settings.workers} --database messages.sqlite"
        )
        raise SettingsConflictError(problem, "workers", "database")


def _refuse_unknown_profiles(settings: Settings, profiles: Sequence[str]) -> None:
    """Refuse what goes by a profile that there is not; magic recipients may also stand for a fault."""
    known = ", ".join(profiles)
    if settings.profile not in profiles:
        problem = f"The setting profile is {shown(settings.profile)}, but there is no such profile: there are {known}"
        raise SettingsConflictError(problem, "profile", "profiles")
    for plugin, name in settings.plugin_profiles:
        if name not in profiles:
            problem = (
                f"The setting plugin-profiles lets {shown(plugin)} go by {shown(name)}, but there is no such profile: "
                f"there are {known}"
            )
            raise SettingsConflictError(problem, "plugin_profiles", "profiles")
    for number, name in settings.magic:
        if name not in (*profiles, *FAULTS):
            problem = (
                f"The setting magic lets {shown(number)} stand for {shown(name)}, but there is no such profile or "
                f"fault: there are {known}, {', '.join(FAULTS)}"
            )
            raise SettingsConflictError(problem, "magic", "profiles")


def _refuse_certificates(settings: Settings) -> None:
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
    for name, given, example in (
        ("tls-ca-file", settings.tls_ca_file, "ca.pem"),
        ("tls-names", settings.tls_names, "sod.superoffice.com"),
    ):
        if settings.tls != "adhoc" and given:
            problem = (
                f"The setting {name} is for the certificate of tls = adhoc, but tls is off; "
                f"for example {one_file} --{name} {example}"
            )
            raise SettingsConflictError(problem, "tls", name.replace("-", "_"))
