"""The Pictory API as data. Gateway routes, firewall rules, permissions and documentation derive from it."""

from pictory_egress.api.catalog import Catalog
from pictory_egress.api.operation import PREFIX, Operation
from pictory_egress.api.operations import OPERATIONS

__all__ = ["OPERATIONS", "PREFIX", "Catalog", "Operation"]
