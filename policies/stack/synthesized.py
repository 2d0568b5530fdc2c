"""Reads a stack as CDKTF synthesizes it: ``cdk.tf.json``, or any Terraform JSON configuration."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from . import acknowledgement
from .document import lines, read
from .expressions import evaluate_template
from .problems import StackError
from .resource import Resource, Stack, resolve

_NAMED: Final = ("variable", "locals", "output")
_REQUIRED_VERSION: Final = re.compile(r'^\s*required_version\s*=\s*"([^"]+)"', re.MULTILINE)


def load(file: Path) -> Stack:
    """The stack in ``file``.

    Raises
    ------
    StackError
        The file cannot be read, or is no Terraform JSON configuration.
    """
    text, document = read(file)
    resources = _blocks(file, document, "resource")
    data = _blocks(file, document, "data")
    scope = _locals(file, document)
    places = lines(text, depth=3)
    expressions = {
        **{address: evaluated(body, scope) for address, (_, _, body) in resources.items()},
        **{f"data.{address}": evaluated(body, scope) for address, (_, _, body) in data.items()},
    }

    def built(kind: str, prefix: str, found: Mapping[str, tuple[str, str, Any]]) -> dict[str, Resource]:
        return {
            prefix + address: Resource(
                address=prefix + address,
                type=type_,
                name=name,
                values=resolve(expressions[prefix + address], expressions),
                expressions=expressions[prefix + address],
                line=places.get((kind, type_, name), (1, 1))[0],
                construct=_comment(body).get("metadata", {}).get("path"),
                acknowledgements=acknowledgement.read(file, address, body),
            )
            for address, (type_, name, body) in found.items()
        }

    return Stack(
        name=_stack_name(document, file),
        file=file,
        kind="synthesized",
        resources=built("resource", "", resources),
        data=built("data", "data.", data),
        settings=_terraform_version(file) | evaluated(_object(file, document, "terraform"), scope),
        providers=evaluated(_object(file, document, "provider"), scope),
        named={key: evaluated(_object(file, document, key), scope) for key in _NAMED},
        acknowledgements=acknowledgement.read(file, "the stack", document),
        modules=tuple(_object(file, document, "module")),
    )


def _object(file: Path, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key, {})
    if not isinstance(value, Mapping):
        raise StackError("not-terraform", file, f"{key!r} is a {type(value).__name__}, not an object")
    return value


def _blocks(
    file: Path, document: Mapping[str, Any], key: str
) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    found = {}
    for type_, named in _object(file, document, key).items():
        if type_ == "//":
            continue
        if not isinstance(named, Mapping):
            raise StackError(
                "not-terraform", file, f"{key}.{type_} is a {type(named).__name__}, not an object"
            )
        for name, body in named.items():
            if name == "//":
                continue
            if not isinstance(body, Mapping):
                raise StackError(
                    "not-terraform", file, f"{key}.{type_}.{name} is a {type(body).__name__}, not an object"
                )
            found[f"{type_}.{name}"] = (type_, name, body)
    return found


def _locals(file: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    pending = {
        f"local.{key}": value for key, value in _object(file, document, "locals").items() if key != "//"
    }
    # Locals may name each other in any order: as many passes as there are locals settle every chain.
    for _ in range(min(len(pending), 20)):
        scope = {key: evaluated(value, scope) for key, value in pending.items()}
    return scope


def evaluated(value: Any, scope: Mapping[str, Any]) -> Any:
    """A block as it is written, with its templates read; ``scope`` has the locals."""
    if isinstance(value, Mapping):
        return {key: evaluated(inner, scope) for key, inner in value.items() if key != "//"}
    if isinstance(value, list):
        return [evaluated(inner, scope) for inner in value]
    return evaluate_template(value, scope) if isinstance(value, str) else value


def _comment(body: Mapping[str, Any]) -> Mapping[str, Any]:
    comment = body.get("//")
    return comment if isinstance(comment, Mapping) else {}


def _terraform_version(file: Path) -> dict[str, Any]:
    """The required version, where it stands beside the stack: stock checkov reads no stack that holds it."""
    for beside in sorted(file.parent.glob("*.tf")):
        match = _REQUIRED_VERSION.search(beside.read_text(encoding="utf-8", errors="replace"))
        if match:
            return {"required_version": match[1]}
    return {}


def _stack_name(document: Mapping[str, Any], file: Path) -> str:
    metadata = _comment(document).get("metadata", {})
    name = metadata.get("stackName") if isinstance(metadata, Mapping) else None
    return str(name) if name else file.parent.name
