"""One transaction for several calls of a tenant, which one thread carries out one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import NotTogetherError, StorageBusyError
from .storage import UnitOfWork

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messaging_double.models.records import TenantState


class SharedWork(UnitOfWork):
    """The unit of work of several calls: all are kept at the end of its ``with`` block, or none.

    What only a call of its own can do raises NotTogetherError.
    """

    _state: tuple[str, TenantState] | None = None

    @contextmanager
    def part(self) -> Iterator[UnitOfWork]:
        """Let one call use it. Raises NotTogetherError when the call fails, StorageBusyError when all of them do."""
        self._has_changed = False
        try:
            yield self
        except Exception as error:
            if self._failed and isinstance(error, StorageBusyError):  # another process writes for too long
                raise
            raise NotTogetherError from error

    def state(self, tenant: str) -> TenantState:
        """Return what holds for the tenant, these calls included. Raises StorageError."""
        if self._state is None or self._state[0] != tenant or self.changes_state:
            self._state = tenant, self.tenants.state(tenant)
        return self._state[1]

    def keep(self) -> NoReturn:
        """Refuse: the others would be kept too."""
        raise NotTogetherError

    def set_savepoint(self) -> None:
        """Leave it out: nothing is undone without the others."""

    def undo_to_savepoint(self) -> None:
        """Refuse where a call has changed anything."""
        if self._has_changed:
            raise NotTogetherError

    def change_for_sure(self, changes: Any) -> NoReturn:  # noqa: ANN401, ARG002
        """Refuse: that ends a transaction."""
        raise NotTogetherError
