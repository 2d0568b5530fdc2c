"""``operations`` and ``permissions``: what can be granted."""

import argparse
from typing import Any

from pictory_egress.api import PREFIX, Catalog
from pictory_egress.cli import environments
from pictory_egress.cli.table import table


def add(commands: Any) -> None:
    """Both commands, to ``commands``."""
    operations = commands.add_parser("operations", help="operations and the permission that grants each")
    environments.add_option(operations, required=False)
    operations.set_defaults(run=_operations)
    permissions = commands.add_parser("permissions", help="permissions and the operations that each grants")
    environments.add_option(permissions, required=False)
    permissions.set_defaults(run=_permissions)


def _catalog(arguments: argparse.Namespace) -> Catalog:
    if arguments.environment is None:
        return Catalog.with_additions()
    return environments.settings(arguments.environment).catalog


def _operations(arguments: argparse.Namespace) -> None:
    rows = [
        (operation.id, operation.method, PREFIX + operation.path, operation.permission, operation.danger)
        for operation in _catalog(arguments).operations
    ]
    print(table(("OPERATION", "METHOD", "PATH", "PERMISSION", "DANGER"), rows))


def _permissions(arguments: argparse.Namespace) -> None:
    catalog = _catalog(arguments)
    safe = set(catalog.default_permissions)
    rows = [
        (
            permission, "" if permission in safe else "dangerous = true",
            " ".join(operation.id for operation in catalog.granted([permission])),
        )
        for permission in catalog.permissions
    ]  # fmt: skip
    print(table(("PERMISSION", "NEEDS", "OPERATIONS"), rows))
