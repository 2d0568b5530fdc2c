"""What SARIF 2.1.0's schema (OASIS, errata 01) asks of the parts that we write, and nothing beside them.

Written after the standard, part by part: additional properties are refused where it refuses them. What a schema
cannot say (an index that points to its rule) tests say.
"""

from typing import Any, Final

_TEXT: Final = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string", "minLength": 1}},
}
_LEVEL: Final = {"enum": ["none", "note", "warning", "error"]}
_URI: Final = {
    "type": "string",
    "pattern": r"^[a-z][a-z0-9+.-]*:([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-F]{2})+$",
}
# No colon before the first slash: it would begin a scheme.
_URI_REFERENCE: Final = {
    "type": "string",
    "pattern": r"^([A-Za-z0-9._~@!$&'()*+,;=-]|%[0-9A-F]{2})*(/([A-Za-z0-9._~:@!$&'()*+,;=-]|%[0-9A-F]{2})*)*$",
}


def _exactly(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


_PROPERTIES: Final = {
    "type": "object",
    "properties": {"tags": _list({"type": "string"}, uniqueItems=True)},
}
_RULE: Final = _exactly(
    ["id"],
    id={"type": "string"},
    shortDescription=_TEXT,
    fullDescription=_TEXT,
    help=_TEXT,
    helpUri=_URI,
    defaultConfiguration=_exactly([], level=_LEVEL),
    properties=_PROPERTIES,
)
_INVOCATION: Final = _exactly(
    ["executionSuccessful"],
    executionSuccessful={"type": "boolean"},
    exitCode={"type": "integer"},
    toolExecutionNotifications=_list(
        _exactly(
            ["message"],
            level=_LEVEL,
            message=_TEXT,
            descriptor={
                **_exactly([], id={"type": "string"}, index={"type": "integer", "minimum": -1}),
                "anyOf": [{"required": ["index"]}, {"required": ["id"]}],
            },
        )
    ),
)
_LOCATION: Final = _exactly(
    [],
    physicalLocation=_exactly(
        ["artifactLocation"],
        artifactLocation=_exactly([], uri=_URI_REFERENCE),
        region=_exactly(["startLine"], startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=_list(
        _exactly([], name={"type": "string"}, fullyQualifiedName={"type": "string"}), uniqueItems=True
    ),
)
_RESULT: Final = {
    **_exactly(
        ["message"],
        ruleId={"type": "string"},
        ruleIndex={"type": "integer", "minimum": -1},
        kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        level=_LEVEL,
        message=_TEXT,
        locations=_list(_LOCATION, minItems=1),
        partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
        suppressions=_list(
            _exactly(
                ["kind"],
                kind={"enum": ["inSource", "external"]},
                status={"enum": ["accepted", "underReview", "rejected"]},
                justification={"type": "string"},
            ),
            uniqueItems=True,
        ),
    ),
    # The standard's text, 3.27.10: a level other than none is of a failure.
    "if": {"properties": {"kind": {"not": {"const": "fail"}}}, "required": ["kind"]},
    "then": {"properties": {"level": {"const": "none"}}, "required": ["level"]},
}

SARIF: Final = _exactly(
    ["version", "runs"],
    **{"$schema": _URI},
    version={"const": "2.1.0"},
    runs=_list(
        _exactly(
            ["tool"],
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            tool=_exactly(
                ["driver"],
                driver=_exactly(["name"], name={"type": "string"}, rules=_list(_RULE, uniqueItems=True)),
            ),
            invocations=_list(_INVOCATION),
            results=_list(_RESULT),
        )
    ),
)
