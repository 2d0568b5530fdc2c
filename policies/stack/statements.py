"""The statements of IAM policies, from JSON text, ``jsonencode`` and policy documents alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .resource import Resource, Stack, blocks
from .values import NotKnownError, Unknown, known, parse_json

DOCUMENT = "aws_iam_policy_document"


@dataclass(frozen=True)
class Statement:
    """One statement. Values are lists; an item is text, or :class:`Unknown` such as another resource's ARN.

    ``principals`` maps a kind (``AWS``, ``Service``…) to names, ``{"*": ["*"]}`` for everybody.
    ``conditions`` are triples of operator, key and values.
    """

    sid: str
    effect: str
    actions: tuple[Any, ...] = ()
    not_actions: tuple[Any, ...] = ()
    resources: tuple[Any, ...] = ()
    not_resources: tuple[Any, ...] = ()
    principals: Mapping[str, tuple[Any, ...]] | None = None
    not_principals: bool = False
    conditions: tuple[tuple[str, str, tuple[Any, ...]], ...] = ()

    @property
    def allows(self) -> bool:
        """Whether it gives something, as opposed to denying it."""
        return self.effect != "Deny"

    def __str__(self) -> str:
        return f"statement {self.sid!r}" if self.sid else "a statement without Sid"


def statements(stack: Stack, resource: Resource, *path: str) -> Iterator[Statement]:
    """The statements of the policy at ``path`` of ``resource``.

    Raises
    ------
    NotKnownError
        The policy, or a part of it that says who may do what, is not known before the stack is applied.
    ValueError
        The policy is no JSON.
    """
    yield from statements_of(stack, resource.get(*path), ".".join(path))


def statements_of(stack: Stack, value: Any, field: str) -> Iterator[Statement]:
    """The statements of the policy ``value``, which stands in ``field``; raises as :func:`statements` does."""
    if value is None or value == "":
        return
    if isinstance(value, Unknown) and not value.parts:
        for reference in value.references:
            block = stack.block(reference.address)
            if block is not None and block.type == DOCUMENT:
                yield from _of_document(stack, block)
                return
        raise NotKnownError(field, value)
    document = known_shape(parse_json(value, field), field)
    for raw in _list(document.get("Statement")):
        yield _of_json(known_shape(raw, field), field)


def known_shape(value: Any, field: str) -> Mapping[str, Any]:
    """``value``, which must be an object."""
    if isinstance(value, Unknown):
        raise NotKnownError(field, value)
    if not isinstance(value, Mapping):
        raise ValueError(f"{field}: a policy's parts are objects, not {type(value).__name__}")
    return value


def _of_json(raw: Mapping[str, Any], field: str) -> Statement:
    principal = raw.get("Principal", raw.get("NotPrincipal"))
    principals: dict[str, tuple[Any, ...]] | None
    if isinstance(principal, Mapping):
        principals = {key: tuple(_list(value)) for key, value in principal.items()}
    else:
        principals = {"*": ("*",)} if principal == "*" else None
        if isinstance(principal, Unknown):
            raise NotKnownError(field, principal)
    return Statement(
        sid=str(raw.get("Sid") or ""),
        effect=known(raw.get("Effect", "Allow"), field),
        actions=tuple(known(_list(raw.get("Action")), field)),
        not_actions=tuple(known(_list(raw.get("NotAction")), field)),
        resources=tuple(_list(raw.get("Resource"))),
        not_resources=tuple(_list(raw.get("NotResource"))),
        principals=principals,
        not_principals="NotPrincipal" in raw,
        conditions=tuple(
            (operator, key, tuple(_list(value)))
            for operator, pairs in known_shape(raw.get("Condition", {}), field).items()
            for key, value in known_shape(pairs, field).items()
        ),
    )


def _of_document(stack: Stack, block: Resource) -> Iterator[Statement]:
    field = f"{block.address}.statement"
    if block.get("override_policy_documents") or block.get("source_policy_documents"):
        value = block.get("override_policy_documents") or block.get("source_policy_documents")
        raise NotKnownError(field, Unknown(text=str(value)))
    for raw in blocks(block.values.get("statement"), field):
        principals = blocks(raw.get("principals"), field) or blocks(raw.get("not_principals"), field)
        yield Statement(
            sid=str(raw.get("sid") or ""),
            effect=known(raw.get("effect") or "Allow", field),
            actions=tuple(known(_list(raw.get("actions")), field)),
            not_actions=tuple(known(_list(raw.get("not_actions")), field)),
            resources=tuple(_list(raw.get("resources"))),
            not_resources=tuple(_list(raw.get("not_resources"))),
            principals={p["type"]: tuple(_list(p.get("identifiers"))) for p in principals}
            if principals
            else None,
            not_principals=bool(raw.get("not_principals")),
            conditions=tuple(
                (condition["test"], condition["variable"], tuple(_list(condition.get("values"))))
                for condition in blocks(raw.get("condition"), field)
            ),
        )


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
