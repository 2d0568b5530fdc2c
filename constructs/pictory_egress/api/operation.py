"""One operation of the Pictory API, as data that everything else derives from."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

PREFIX: Final = "/pictoryapis"

ANY_QUERY: Final = ("*",)
"""Marks an operation whose query parameters are not all published: it takes any well-formed name."""

JSON: Final = "application/json"

UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
IDENTIFIER: Final = "[A-Za-z0-9_-]{1,128}"

PARAMETER_PATTERNS: Final[dict[str, str]] = {"jobId": UUID, "storyboardJobId": UUID}
"""RE2 patterns of path parameters, by name; any other name matches :data:`IDENTIFIER`."""

PATTERNS_IN_WORDS: Final[dict[str, str]] = {
    UUID: "a lower-case UUID",
    IDENTIFIER: "1 to 128 letters, digits, hyphens or underscores",
}
"""What a path parameter of each pattern holds, for the person whose call was refused."""

# A value is one run of unreserved and escaped characters: no '/', '#', '?' or '&' can hide in it. Lengths are not
# counted: RE2 takes no counts within counts, and the gateway limits the request line as a whole.
QUERY_VALUE: Final = "(?:[A-Za-z0-9._~+,:=-]|%[0-9A-Fa-f]{2})*"
QUERY_NAME: Final = "[A-Za-z][A-Za-z0-9_.-]*"
QUERY_PAIRS: Final = 16
"""Most ``name=value`` pairs in a query."""

_PARAMETER: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}")
_PATH: Final = re.compile(r"(?:/(?:[A-Za-z0-9._-]+|\{[A-Za-z][A-Za-z0-9]*\}))+")

Method = Literal["GET", "POST", "PUT", "DELETE"]
OperationId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$", max_length=64)]
Permission = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*\.[a-z][a-z0-9-]*$", max_length=64)]
QueryName = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z][A-Za-z0-9_.-]{0,63})$")]


SpokenField = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$", max_length=128)
]


class Operation(BaseModel):
    """A call that a client may be granted.

    Parameters
    ----------
    id
        Stable name, such as ``jobs.get``: it stands in logs, metrics and grants.
    method, path
        The HTTP method and the path template below ``/pictoryapis``, such as ``/v1/jobs/{jobId}``.
    aliases
        Other templates of the same operation with the same parameters (Pictory's samples differ in case).
    permission
        The group that grants it, such as ``jobs.read``.
    query
        Names of the query parameters it takes; any other name is refused. ``("*",)`` takes any name.
    max_body_bytes
        Largest request body, in bytes; 0 for an operation without a body.
    content_type
        The only media type that its body may have; empty for an operation without a body.
    body_root
        What the JSON text of its body must be: an ``object`` or an ``array``. Any other root is refused.
    timeout_seconds
        Longest time from the end of the request to the end of the answer.
    retry_safe
        Whether it may be sent twice: true for reads only.
    destructive
        Whether it removes or overwrites something that cannot be restored.
    connects
        Whether it opens a lasting way out of Pictory (an AWS or Vimeo connection).
    outbound_url_fields
        Names of body fields, at any depth, that make Pictory fetch from or send to a URL.
    spoken_fields
        Paths of body fields whose text Pictory only speaks or shows, such as ``scenes.story``: it may speak of any
        site. Lists on the way take no part in a path. Every other string may name allowed hosts only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: OperationId
    method: Method
    path: Annotated[str, StringConstraints(max_length=256)]
    aliases: tuple[str, ...] = ()
    permission: Permission
    query: tuple[QueryName, ...] = ()
    max_body_bytes: int = Field(default=0, ge=0, le=10_485_760)
    content_type: Literal["", "application/json", "application/octet-stream"] = ""
    body_root: Literal["object", "array"] = "object"
    timeout_seconds: int = Field(default=30, ge=1, le=300)
    retry_safe: bool = False
    destructive: bool = False
    connects: bool = False
    outbound_url_fields: tuple[str, ...] = ()
    spoken_fields: tuple[SpokenField, ...] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> "Operation":
        for template in self.templates:
            if not _PATH.fullmatch(template):
                raise ValueError(
                    f"path {template!r} is not a template: write it like '/v1/jobs/{{jobId}}', without "
                    f"'{PREFIX}', query or trailing slash"
                )
            if {".", ".."} & set(template.split("/")):
                raise ValueError(f"path {template!r} has a dot segment: write the path that it resolves to")
        if self.retry_safe and self.method != "GET":
            raise ValueError(
                f"retry_safe is for GET only, not for {self.method}: a repeated write costs money"
            )
        if (self.max_body_bytes > 0) != bool(self.content_type):
            raise ValueError("max_body_bytes and content_type go together: give both, or neither")
        if self.method in ("GET", "DELETE") and self.max_body_bytes:
            raise ValueError(f"{self.method} takes no body: leave out max_body_bytes and content_type")
        if self.body_root == "array" and self.content_type != JSON:
            raise ValueError(
                f"body_root {self.body_root!r} describes a JSON body: leave it out, or set content_type to {JSON!r}"
            )
        return self

    @property
    def opaque(self) -> bool:
        """Whether its body is not JSON.

        The inspector reads JSON only. Any other body leaves uninspected: it can name any host to fetch from or to
        report to, and carry any data there.
        """
        return self.content_type not in ("", JSON)

    @property
    def danger(self) -> Literal["", "destroys", "connects", "not inspected"]:
        """Why a client needs ``dangerous = true`` to be granted it; empty when no flag is needed."""
        if self.destructive:
            return "destroys"
        if self.connects:
            return "connects"
        return "not inspected" if self.opaque else ""

    @property
    def templates(self) -> tuple[str, ...]:
        """The path template and its aliases, below ``/pictoryapis``."""
        return (self.path, *self.aliases)

    @property
    def path_regex(self) -> str:
        """RE2 pattern of the whole path, prefix included, without query."""
        alternatives = "|".join(_pattern(template) for template in self.templates)
        return (
            f"{re.escape(PREFIX)}(?:{alternatives})" if self.aliases else f"{re.escape(PREFIX)}{alternatives}"
        )

    @property
    def target_regex(self) -> str:
        """RE2 pattern of the whole request target: the path and, at most, the query it takes."""
        if not self.query:
            return self.path_regex
        names = QUERY_NAME if self.query == ANY_QUERY else "(?:" + "|".join(map(re.escape, self.query)) + ")"
        pair = f"{names}={QUERY_VALUE}"
        return rf"{self.path_regex}(?:\?{pair}(?:&{pair}){{0,{QUERY_PAIRS - 1}}})?"

    @property
    def shapes(self) -> tuple[str, ...]:
        """RE2 patterns of paths, prefix included, one a template: its segments, with any text for each parameter."""
        return tuple(
            re.escape(PREFIX)
            + "".join("[^/]+" if index % 2 else re.escape(part) for index, part in enumerate(parts))
            for parts in map(_PARAMETER.split, self.templates)
        )

    @property
    def parameters(self) -> dict[str, str]:
        """RE2 patterns of the path parameters by name, in the order of the path."""
        return {name: PARAMETER_PATTERNS.get(name, IDENTIFIER) for name in _PARAMETER.findall(self.path)}

    def example_path(self, value: str = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f") -> str:
        """A path of this operation, prefix included, with ``value`` for each parameter."""
        return PREFIX + _PARAMETER.sub(value, self.path)


def _pattern(template: str) -> str:
    parts = _PARAMETER.split(template)
    # split() alternates literal text and parameter names.
    return "".join(
        PARAMETER_PATTERNS.get(part, IDENTIFIER) if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    )
