"""Resources that belong to accounts: the owner sees them, another account is told 403, nobody's is 404."""

from typing import Generic, TypeVar

from sandbox.pictory import errors

T = TypeVar("T")


class Store(Generic[T]):
    """Resources of one kind by id, newest last. ``kind`` is the name that errors use, in capitals."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._items: dict[str, tuple[str, T]] = {}

    def put(self, account: str, id_: str, value: T) -> None:
        """Add or replace."""
        self._items[id_] = (account, value)

    def get(self, account: str, id_: str) -> T:
        """The resource.

        Raises
        ------
        ApiError
            404 when nobody has it, 403 when another account does.
        """
        found = self._items.get(id_)
        if found is None:
            raise errors.job_not_found(id_) if self._kind == "JOB" else errors.not_found(self._kind)
        owner, value = found
        if owner != account:
            raise errors.forbidden()
        return value

    def remove(self, account: str, id_: str) -> None:
        """Take it away for good; raises as :meth:`get` does."""
        self.get(account, id_)
        del self._items[id_]

    def all(self) -> list[T]:
        """Those of every account, oldest first."""
        return [value for _, value in self._items.values()]

    def of(self, account: str) -> list[T]:
        """All of an account, oldest first."""
        return [value for owner, value in self._items.values() if owner == account]
