"""Reads a plan: the output of ``terraform show -json``.

What the plan does not know yet is taken from the synthesized stack, where one is given: the expression stands
there. So a policy judges both alike, and what neither knows stays :class:`Unknown`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .document import read
from .expressions import references_in
from .problems import StackError
from .resource import Resource, Stack, resolve
from .values import Encoded, Reference, Unknown, references, walk

_LATER = "(known after apply)"
_NOT_WRITTEN = object()


def load(file: Path, source: Stack | None = None) -> Stack:
    """The stack that ``file`` plans, with what is missing taken from its ``source``.

    Raises
    ------
    StackError
        The file cannot be read, or is no plan.
    """
    _, document = read(file)
    if "planned_values" not in document or "configuration" not in document:
        raise StackError("not-a-plan", file, "no plan: write it with `terraform show -json PLAN > FILE`")
    if document.get("errored"):
        raise StackError(
            "errored-plan", file, "Terraform stopped before the plan was whole: mend its errors, plan again"
        )
    masks = {
        change["address"]: change["change"].get("after_unknown")
        for change in document.get("resource_changes", [])
    }
    configured = dict(_configured(document["configuration"].get("root_module", {}), ""))
    merged: dict[str, tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]] = {}
    for planned in _planned(document["planned_values"].get("root_module", {})):
        address = planned["address"]
        written = source.block(address) if source else None
        expressions = _expressions(configured.get(_without_instances(address), {}))
        values = _merge(
            planned.get("values", {}), masks.get(address), expressions, written and written.expressions
        )
        merged[address] = (planned, values, {**expressions, **(written.expressions if written else {})})
    # A reference is to what was written where there is a source, to what was planned where there is none.
    context = {address: values for address, (_, values, _) in merged.items()}
    context |= {a: block.values for a, block in (source.data if source else {}).items() if a not in context}
    blocks = {
        address: _resource(planned, resolve(values, context), expressions, source)
        for address, (planned, values, expressions) in merged.items()
    }
    data = {a: block for a, block in blocks.items() if _is_data(a)}
    return Stack(
        name=source.name if source else file.stem,
        file=file,
        kind="plan",
        resources={a: block for a, block in blocks.items() if a not in data},
        data={**(source.data if source else {}), **data},
        settings=source.settings if source else {},
        providers=source.providers if source else {},
        acknowledgements=source.acknowledgements if source else (),
    )


def _resource(
    planned: Mapping[str, Any],
    values: Mapping[str, Any],
    expressions: Mapping[str, Any],
    source: Stack | None,
) -> Resource:
    written = source.block(planned["address"]) if source else None
    return Resource(
        address=planned["address"],
        type=planned["type"],
        name=planned["name"],
        values=values,
        expressions=expressions,
        construct=written.construct if written else None,
        acknowledgements=written.acknowledgements if written else (),
    )


def _is_data(address: str) -> bool:
    return address.startswith("data.") or ".data." in address


def _without_instances(address: str) -> str:
    return "".join(part.partition("]")[2] if index else part for index, part in enumerate(address.split("[")))


def _planned(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _planned(child)


def _configured(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources", []):
        yield prefix + resource["address"], resource.get("expressions", {})
    for name, call in module.get("module_calls", {}).items():
        yield from _configured(call.get("module", {}), f"{prefix}module.{name}.")


def _expressions(configured: Any) -> Any:
    """The configuration's own notation as values: constants, unknowns that mention blocks, blocks."""
    if isinstance(configured, list):
        return [_expressions(item) for item in configured]
    if not isinstance(configured, Mapping):
        return configured
    if "constant_value" in configured:
        return configured["constant_value"]
    if "references" in configured and isinstance(configured["references"], list):
        found: dict[Reference, None] = {}
        for text in configured["references"]:
            found |= dict.fromkeys(references_in(text))
        # Terraform lists `a.b.c` and `a.b`: the shorter says nothing more.
        longer = [
            r for r in found if r.attribute or not any(o.address == r.address and o.attribute for o in found)
        ]
        return Unknown(text=_LATER, references=tuple(longer))
    return {key: _expressions(value) for key, value in configured.items()}


def _merge(planned: Any, mask: Any, expressions: Any, written: Any) -> Any:
    """``planned`` with what ``mask`` says is unknown replaced by what was written, else by its references."""
    if mask is True:
        if written is not None:
            return None if written is _NOT_WRITTEN else written
        return Unknown(text=_LATER, references=tuple(sorted(references(expressions), key=str)))
    if isinstance(planned, Mapping) or (planned is None and isinstance(mask, Mapping)):
        known = planned or {}
        masks = mask if isinstance(mask, Mapping) else {}
        return {
            key: _merge(
                known.get(key), masks.get(key), _child(expressions, key), _child_written(written, key)
            )
            for key in [*known, *(key for key in masks if key not in known and masks[key])]
        }
    if isinstance(planned, list):
        masks_of = mask if isinstance(mask, list) else []
        return [
            _merge(
                item,
                masks_of[i] if i < len(masks_of) else None,
                *_counterparts(item, planned, expressions, written),
            )
            for i, item in enumerate(planned)
        ]
    return planned


def _child(value: Any, key: str) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        return value.get(key)
    return value if isinstance(value, Unknown) else None


def _child_written(value: Any, key: str) -> Any:
    """As :func:`_child`; but what a known source leaves out is AWS's to fill in, and as good as not set."""
    if value is None or isinstance(value, Unknown):
        return value
    found = None if value is _NOT_WRITTEN else _child(value, key)
    return _NOT_WRITTEN if found is None else found


def _counterparts(item: Any, siblings: list[Any], expressions: Any, written: Any) -> tuple[Any, Any]:
    """What stands for one item of a list: sets come sorted in a plan, so the position does not tell."""
    return _counterpart(item, siblings, expressions) or expressions, _counterpart(item, siblings, written)


def _counterpart(item: Any, siblings: list[Any], candidates: Any) -> Any:
    if isinstance(candidates, Mapping) or candidates is _NOT_WRITTEN:
        return candidates
    if not isinstance(candidates, list):
        return None
    fitting = [candidate for candidate in candidates if _fits(item, candidate)]
    if len(fitting) == 1:
        return fitting[0]
    # Nothing but unknowns on both sides: any order of them is the same.
    if item is None and len(candidates) == len(siblings):
        unknown = [c for c in candidates if any(isinstance(part, Unknown) for part in walk(c))]
        return (
            Unknown(text=_LATER, references=tuple(sorted(references(unknown), key=str))) if unknown else None
        )
    return None


def _fits(planned: Any, written: Any) -> bool:
    """Whether ``written`` can be what was planned: nothing known of it differs."""
    if isinstance(written, Unknown | Encoded) or written is None or planned is None:
        return True
    if isinstance(written, list) and len(written) == 1 and isinstance(planned, Mapping):
        written = written[0]
    if isinstance(planned, list) and len(planned) == 1 and isinstance(written, Mapping):
        planned = planned[0]
    if isinstance(planned, Mapping) and isinstance(written, Mapping):
        return all(_fits(planned.get(key), value) for key, value in written.items())
    if isinstance(planned, list) and isinstance(written, list):
        return len(planned) == len(written)
    return str(planned).lower() == str(written).lower()
