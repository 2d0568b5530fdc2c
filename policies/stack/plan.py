"""Reads a plan: the output of ``terraform show -json``.

What the plan does not know yet is taken from what was written: from the synthesized stack where one is given,
else from the configuration that the plan itself holds. So a policy judges both alike, and what stands in neither
stays :class:`Unknown`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .document import read
from .expressions import evaluate_template, references_in
from .problems import StackError
from .resource import Resource, Stack, resolve
from .values import Encoded, Unknown, references

_LATER = "(known after apply)"


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
            "errored-plan", file, "Terraform stopped before it was whole: mend its errors, plan again"
        )
    try:
        blocks = _blocks(document, source)
    except (AttributeError, KeyError, TypeError) as error:
        raise StackError("not-a-plan", file, f"{type(error).__name__}: {error}: plan it again") from None
    data = {address: block for address, block in blocks.items() if _is_data(address)}
    return Stack(
        name=source.name if source else _name(file),
        file=file,
        kind="plan",
        resources={address: block for address, block in blocks.items() if address not in data},
        data={**(source.data if source else {}), **data},
        settings=source.settings if source else {},
        providers=source.providers if source else {},
        named=source.named if source else {},
        acknowledgements=source.acknowledgements if source else (),
    )


def _name(file: Path) -> str:
    """A plan says of no stack that it is its: it is called after its file, or the folder of one that is just a plan."""
    return file.resolve().parent.name if file.name == "plan.json" else file.stem


def _blocks(document: Mapping[str, Any], source: Stack | None) -> dict[str, Resource]:
    changes = document.get("resource_changes", [])
    masks = {change["address"]: change["change"].get("after_unknown") for change in changes}
    configured = dict(_configured(document["configuration"].get("root_module", {}), ""))
    planned = {
        block["address"]: block
        for block in [*_read(document), *_planned(document["planned_values"].get("root_module", {}))]
    }
    written = {address: source.block(address) if source else None for address in planned}
    expressions: dict[str, Mapping[str, Any]] = {}
    values: dict[str, Mapping[str, Any]] = {a: b.values for a, b in (source.data if source else {}).items()}
    for address, block in planned.items():
        own = written[address]
        known = own.expressions if own else _expressions(configured.get(_without_instances(address), {}))
        expressions[address] = known
        values[address] = _merge(block.get("values", {}), masks.get(address), known) | _meta(own)
    return {
        address: Resource(
            address=address,
            type=block["type"],
            name=block["name"],
            values=resolve(values[address], values),
            expressions=expressions[address],
            construct=own.construct if (own := written[address]) else None,
            acknowledgements=own.acknowledgements if own else (),
        )
        for address, block in planned.items()
    }


def _meta(written: Resource | None) -> dict[str, Any]:
    """The arguments that are Terraform's own: no plan holds them."""
    if written is None:
        return {"lifecycle": Unknown(text="left out of plans")}
    return {"lifecycle": written.values["lifecycle"]} if "lifecycle" in written.values else {}


def _is_data(address: str) -> bool:
    return address.startswith("data.") or ".data." in address


def _without_instances(address: str) -> str:
    return "".join(part.partition("]")[2] if index else part for index, part in enumerate(address.split("[")))


def _planned(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _planned(child)


def _read(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The data sources that Terraform read while it planned: a plan has them with what was there before."""
    before = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    return (block for block in _planned(before) if block.get("mode") == "data")


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
    mentioned = configured.get("references")
    if "constant_value" in configured:
        # Of Terraform JSON the plan keeps the template as it was written, beside what it mentions.
        value = configured["constant_value"]
        return _evaluated(value) if mentioned else value
    if isinstance(mentioned, list):
        found = dict.fromkeys(reference for text in mentioned for reference in references_in(text))
        # Terraform lists `a.b.c` and `a.b`: the shorter says nothing more.
        longer = [
            r for r in found if r.attribute or not any(o.address == r.address and o.attribute for o in found)
        ]
        return Unknown(text=_LATER, references=tuple(longer))
    return {key: _expressions(value) for key, value in configured.items()}


def _evaluated(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _evaluated(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_evaluated(inner) for inner in value]
    return evaluate_template(value, {}) if isinstance(value, str) else value


def _merge(planned: Any, mask: Any, written: Any) -> Any:
    """``planned``, with the expression that was written wherever ``mask`` says that the value is unknown.

    What was not written is AWS's to fill in, and as good as not set.
    """
    if mask is True:
        return written
    if isinstance(planned, Mapping) or (planned is None and isinstance(mask, Mapping)):
        known = planned or {}
        masks = mask if isinstance(mask, Mapping) else {}
        keys = [*known, *(key for key in masks if key not in known and masks[key])]
        return {key: _merge(known.get(key), masks.get(key), _child(written, key)) for key in keys}
    if isinstance(planned, list):
        masks_of = mask if isinstance(mask, list) else []
        masks_of = [*masks_of, *[None] * (len(planned) - len(masks_of))]
        counterparts = _counterparts(planned, written)
        return [_merge(*three) for three in zip(planned, masks_of, counterparts, strict=False)]
    return planned


def _child(value: Any, key: str) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        return value.get(key)
    return value if isinstance(value, Unknown) else None


def _counterparts(planned: list[Any], written: Any) -> list[Any]:
    """What was written for each item of a list: sets come sorted in a plan, so the position does not tell."""
    if not isinstance(written, list):
        return [written] * len(planned)
    left = list(written)
    counterparts = []
    for item in planned:
        fitting = [candidate for candidate in left if _fits(item, candidate)]
        if item is None and fitting and all(isinstance(candidate, Unknown) for candidate in fitting):
            fitting = fitting[:1]  # all unknown on both sides: any order of them is the same
        if len(fitting) == 1:
            left.remove(fitting[0])
            counterparts.append(fitting[0])
        else:
            # Several fit: which one stands for this item cannot be told.
            mentioned = tuple(sorted(references(fitting or left), key=str))
            counterparts.append(Unknown(text=_LATER, references=mentioned))
    return counterparts


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
