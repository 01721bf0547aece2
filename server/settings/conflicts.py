"""Conflicts between settings that are valid by themselves."""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

from messaging_double.models.magic import FAULTS
from messaging_double.models.profiles import BUILTIN_PROFILES

from .row import SettingsError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from . import Settings

_ONE_FILE, _BOTH_FILES = "--tls adhoc", "--tls-cert server.pem --tls-key server.key"


class SettingsConflictError(SettingsError):
    """Settings that are valid by themselves and contradict one another."""

    def __init__(self, problem: str, *names: str) -> None:
        """Keep the names of the settings, so that the error can name their sources."""
        super().__init__(problem)
        self.names = names


def refuse_conflicts(settings: Settings) -> None:
    """Refuse settings that do not go together, and whatever names profiles that there are not."""
    profiles = [each.name for each in (*BUILTIN_PROFILES, *settings.profiles)]
    conflicts = chain(
        _certificates(settings), _tokens(settings), _bounds(settings), _unknown_profiles(settings, profiles)
    )
    first = next(conflicts, None)
    if first is not None:
        raise SettingsConflictError(*first)


def _certificates(settings: Settings) -> Iterator[tuple[str, ...]]:
    """Yield half a certificate, two at a time, and what is for the one that is not made."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        missing = "tls-key" if settings.tls_key is None else "tls-cert"
        problem = f"The settings tls-cert and tls-key go together, but {missing} is missing; for example {_BOTH_FILES}"
        yield problem, "tls_cert", "tls_key"
    if settings.tls == "adhoc" and settings.tls_cert is not None:
        problem = (
            "The setting tls = adhoc makes a certificate of its own, so tls-cert and tls-key cannot be set beside it; "
            f"for example {_ONE_FILE}, or {_BOTH_FILES}"
        )
        yield problem, "tls", "tls_cert", "tls_key"
    for name, example in (("tls_ca_file", "ca.pem"), ("tls_names", "sod.superoffice.com")):
        if settings.tls != "adhoc" and getattr(settings, name):
            key = name.replace("_", "-")
            problem = (
                f"The setting {key} is for the certificate of tls = adhoc, but tls is off; "
                f"for example {_ONE_FILE} --{key} {example}"
            )
            yield problem, "tls", name


def _tokens(settings: Settings) -> Iterator[tuple[str, ...]]:
    """Yield tokens of tenants without one for all, or that are the same as it."""
    if settings.tenant_tokens and settings.control_token is None:
        problem = (
            "The setting tenant-tokens needs control-token, without which everything else of the control API would be "
            "open to all; for example MESSAGING_DOUBLE_CONTROL_TOKEN=a-long-random-text"
        )
        yield problem, "tenant_tokens", "control_token"
    for tenant, token in settings.tenant_tokens:
        if token == settings.control_token:
            problem = f"The setting tenant-tokens gives {shown(tenant)} the control-token, which opens all tenants"
            yield problem, "tenant_tokens", "control_token"


def _bounds(settings: Settings) -> Iterator[tuple[str, ...]]:
    """Yield bounds that leave no room, and processes that would not be one double."""
    if len(settings.rules) > settings.max_rules:
        problem = f"The setting rules has {len(settings.rules)} rules, but max-rules allows {settings.max_rules}"
        yield problem, "rules", "max_rules"
    if settings.forget_tenants_after is not None and not settings.journal_entries:
        problem = (
            "The setting forget-tenants-after goes by the journal, which journal-entries = 0 switches off; "
            "for example --journal-entries 1"
        )
        yield problem, "forget_tenants_after", "journal_entries"
    if settings.workers > 1 and settings.database is None:
        problem = (
            f"The setting workers is {settings.workers}, but there is no database that they could share; for example "
            f"--workers {settings.workers} --database messages.sqlite"
        )
        yield problem, "workers", "database"


def _unknown_profiles(settings: Settings, profiles: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield what goes by a profile that there is not; magic recipients may also stand for a fault."""
    known = ", ".join(profiles)
    if settings.profile not in profiles:
        problem = f"The setting profile is {shown(settings.profile)}, but there is no such profile: there are {known}"
        yield problem, "profile", "profiles"
    for plugin, name in settings.plugin_profiles:
        if name not in profiles:
            problem = (
                f"The setting plugin-profiles lets {shown(plugin)} go by {shown(name)}, but there is no such profile: "
                f"there are {known}"
            )
            yield problem, "plugin_profiles", "profiles"
    for number, name in settings.magic:
        if name not in (*profiles, *FAULTS):
            problem = (
                f"The setting magic lets {shown(number)} stand for {shown(name)}, but there is no such profile or "
                f"fault: there are {known}, {', '.join(FAULTS)}"
            )
            yield problem, "magic", "profiles"
    if settings.rules:
        from messaging_double.server.rules.language import parse_table  # noqa: PLC0415 (lxml: only with rules)

        try:
            for index, each in enumerate(settings.rules):
                parse_table(json.loads(each.text), f"rules[{index}]", profiles)
        except ValueError as error:
            yield f"The setting rules does not go with profiles: {error}", "rules", "profiles"
