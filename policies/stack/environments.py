"""Which stacks are production."""

import re
from typing import Final

from .resource import Stack

_PRODUCTION: Final = re.compile(r"(^|[-_/])(prod|production|prd|live)($|[-_/])", re.IGNORECASE)


def is_production(stack: Stack) -> bool:
    """Whether the stack's name says so: ``pictory-egress-prod``."""
    return bool(_PRODUCTION.search(stack.name))
