"""What a resource mentions is there."""

from collections.abc import Iterator

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import Resource, Stack

_NO_BLOCKS = ("local.", "var.", "module.", "each.", "count.", "path.", "self.", "terraform.")


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    mentioned = {mention.address for mention in resource.references()}
    for address in sorted(mentioned):
        if not address.startswith(_NO_BLOCKS) and stack.block(address) is None:
            yield f"mentions {address}, which is not in the stack"


POLICY = Policy(
    number=99,
    title="Every resource that another mentions is in the stack",
    severity=Severity.MEDIUM,
    practice=Practice.LEAST_PRIVILEGE,
    types=("*",),
    why="A resource that was taken out leaves others, such as an alarm or a policy, guarding nothing.",
    remedy="Put the resource back, or take the mention out.",
    judge=judge,
)
