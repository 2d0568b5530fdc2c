"""The operations of one environment: the published ones and those that its file adds."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pictory_egress.api.operation import Operation
from pictory_egress.api.operations import OPERATIONS


@dataclass(frozen=True)
class Catalog:
    """Operations by id, and the permissions they make up."""

    operations: tuple[Operation, ...]

    @classmethod
    def with_additions(cls, additions: Iterable[Operation] = ()) -> "Catalog":
        """The published operations and ``additions``.

        Raises
        ------
        ValueError
            An id is taken, or a method and path are those of another operation.
        """
        operations = (*OPERATIONS, *additions)
        for id_, count in Counter(operation.id for operation in operations).items():
            if count > 1:
                raise ValueError(f"operation id {id_!r} is taken: choose another id")
        owners: dict[tuple[str, str], str] = {}
        for operation in operations:
            for template in operation.templates:
                other = owners.setdefault((operation.method, template), operation.id)
                if other != operation.id:
                    raise ValueError(
                        f"{operation.method} {template} is operation {other!r} already: "
                        f"grant that one instead of adding {operation.id!r}"
                    )
        return cls(operations)

    @property
    def permissions(self) -> tuple[str, ...]:
        """Names of all permissions, sorted."""
        return tuple(sorted({operation.permission for operation in self.operations}))

    @property
    def default_permissions(self) -> tuple[str, ...]:
        """Permissions without a dangerous operation: a client may be granted them without a flag."""
        dangerous = {operation.permission for operation in self.operations if operation.danger}
        return tuple(name for name in self.permissions if name not in dangerous)

    def granted(self, permissions: Iterable[str], operation_ids: Iterable[str] = ()) -> tuple[Operation, ...]:
        """The operations that ``permissions`` and single ``operation_ids`` give, in catalog order."""
        wanted, ids = set(permissions), set(operation_ids)
        return tuple(o for o in self.operations if o.permission in wanted or o.id in ids)
