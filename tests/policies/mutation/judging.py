"""Judges one changed block of a stack again, and only what the change can have touched.

The first run notes what each verdict looked at: blocks by address, resources by type. A change of one block then
asks again for the block itself, for those that take values from it, and for every verdict that looked at any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from policies.policy.policy import Policy
from policies.policy.verdict import Outcome, Verdict, judge_one
from policies.stack import synthesized
from policies.stack.resource import TERRAFORM, Resource, Stack, resolve
from policies.stack.values import references

Pair = tuple[Policy, str]


@dataclass(frozen=True, eq=False)
class Watched(Stack):
    """A stack that notes which types and addresses it is asked for."""

    seen: set[str] = field(default_factory=set)

    def of(self, *types: str) -> list[Resource]:
        self.seen.update(types)
        return super().of(*types)

    def block(self, address: str) -> Resource | None:
        self.seen.add(address)
        return super().block(address)


class Judged:
    """A stack that keeps every policy, ready to be asked about changes of it."""

    def __init__(self, file: Path, document: Mapping[str, Any], policies: list[Policy]) -> None:
        self.document, self.policies = document, policies
        self.stack = synthesized.load(file)
        self._expressions = {r.address: r.expressions for r in self._blocks()}
        self._mentions = {
            address: {(mention.address, mention.attribute) for mention in references(values)}
            for address, values in self._expressions.items()
        }
        self._looked_at: dict[Pair, frozenset[str]] = {}
        self.broken: list[Verdict] = []
        self._kills, self._killed_at = count(1), dict[Pair, int]()
        watched = Watched(**vars(self.stack))
        for policy in policies:
            for resource in self.stack.of(*policy.types):
                watched.seen.clear()
                verdict = judge_one(policy, resource, watched)
                self._looked_at[policy, resource.address] = frozenset(watched.seen)
                if verdict.outcome is not Outcome.PASS:
                    self.broken.append(verdict)

    def _blocks(self) -> list[Resource]:
        return [*self.stack.resources.values(), *self.stack.data.values()]

    def killer(self, address: str, path: tuple[str | int, ...], body: Any) -> Verdict | None:
        """A verdict that is no pass when ``body`` stands at ``address`` (None: when nothing does)."""
        stack, touched = self._changed(address, path, body)
        types = {"*", *map(stack_type, touched)}
        own, others = [], []
        for (policy, judged), seen in self._looked_at.items():
            if judged == address:
                own.append((policy, judged))
            elif judged in touched or not seen.isdisjoint(touched) or not seen.isdisjoint(types):
                others.append((policy, judged))
        # What killed last is asked first: changes that follow each other are of one block, often of one kind.
        for policy, judged in sorted([*own, *others], key=lambda pair: -self._killed_at.get(pair, 0)):
            resource = stack.terraform if judged == TERRAFORM else stack.resources.get(judged)
            if resource is not None:
                verdict = judge_one(policy, resource, stack)
                if verdict.outcome is not Outcome.PASS:
                    self._killed_at[policy, judged] = next(self._kills)
                    return verdict
        return None

    def _changed(self, address: str, path: tuple[str | int, ...], body: Any) -> tuple[Stack, set[str]]:
        if address == TERRAFORM:
            settings = {**self.stack.settings, **synthesized.evaluated(body, {})}
            for key in self.stack.settings:
                if key in self.document[TERRAFORM] and key not in body:
                    del settings[key]
            return replace(self.stack, settings=settings), {TERRAFORM}
        expressions = dict(self._expressions)
        if body is None:
            del expressions[address]
        else:
            expressions[address] = synthesized.evaluated(body, {})
        touched = self._takers(address, None if body is None else str(path[0]))
        resources = {
            known: replace(
                resource, expressions=expressions[known], values=resolve(expressions[known], expressions)
            )
            if known in touched
            else resource
            for known, resource in self.stack.resources.items()
            if known in expressions
        }
        return replace(self.stack, resources=resources), touched

    def _takers(self, address: str, attribute: str | None) -> set[str]:
        """The block itself and those whose values can change with its ``attribute`` (None: with any)."""
        found, pending = {address}, [(address, attribute)]
        while pending:
            source, of = pending.pop()
            for other, mentions in self._mentions.items():
                if other not in found and any(
                    mentioned == source and of in (None, attribute) for mentioned, attribute in mentions
                ):
                    found.add(other)
                    pending.append((other, None))
        return found


def stack_type(address: str) -> str:
    """The type in an address."""
    return address.removeprefix("data.").split(".")[0]
