"""Finds the operation of a method and path, from the catalog that the gateway uses too."""

import re
from collections.abc import Iterable
from typing import Final

from pictory_egress.api import PREFIX, Operation
from pictory_egress.api.operation import IDENTIFIER, PARAMETER_PATTERNS

_PARAMETER: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}")


class Routes:
    """Operations by method and path."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._patterns: list[tuple[str, re.Pattern[str], Operation]] = []
        self._fixed: dict[tuple[str, str], Operation] = {}
        for operation in operations:
            for template in operation.templates:
                if "{" in template:
                    self._patterns.append((operation.method, _compile(template), operation))
                else:
                    self._fixed[operation.method, PREFIX + template] = operation

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation and its path parameters; none when there is no such route."""
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            return fixed, {}
        for its_method, pattern, operation in self._patterns:
            if its_method == method and (match := pattern.fullmatch(path)):
                return operation, match.groupdict()
        return None


def _compile(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)
    # split() alternates literal text and parameter names.
    body = "".join(
        f"(?P<{part}>{PARAMETER_PATTERNS.get(part, IDENTIFIER)})" if index % 2 else re.escape(part)
        for index, part in enumerate(parts)
    )
    return re.compile(re.escape(PREFIX) + body)
