"""Whether the key that a resource names is one of the account's own, and not AWS's."""

from typing import Final

from ..stack.resource import Resource, Stack
from ..stack.values import Unknown, written

_KEYS: Final = ("aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key", "aws_kms_alias")
_OF_AWS: Final = "alias/aws/"


def is_own(resource: Resource, field: str, stack: Stack) -> bool:
    """Whether ``field`` names a customer key: by its id, its alias, its ARN, or as a block of the stack.

    Raises
    ------
    NotKnownError
        Which key it is comes later.
    """
    key = resource.get(field)
    text = key.literal if isinstance(key, Unknown) else str(key or "")
    if _OF_AWS in text or not key:
        return False
    if not isinstance(key, Unknown) or ":key/" in text or "alias/" in text:
        return True
    mentioned = [m.address for m in resource.references(field) if any(kind in m.address for kind in _KEYS)]
    if not mentioned:
        resource.known(field)
    # Of a key that is looked up, what it is looked up by.
    found = [block for address in mentioned if (block := stack.block(address))]
    return not any(_OF_AWS in written(block.get("name") or block.get("key_id")) for block in found)
