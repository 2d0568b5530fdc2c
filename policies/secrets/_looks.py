"""What a secret looks like when it stands in plain text."""

import re
from typing import Final

_SHAPES: Final = (
    re.compile(r"pictai_[A-Za-z0-9_-]{8,}"),
    re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}"),
    re.compile(r"\b(ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{20,}"),
    re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{10,}"),
    re.compile(r"\bsk-[A-Za-z0-9_-]{20,}"),
    re.compile(
        r"""["']?(client_secret|api_key|apikey|password|secret_access_key)["']?\s*[:=]\s*["'][^"'${}\s]{8,}["']""",
        re.I,
    ),
)


def looks_like_a_secret(text: str) -> bool:
    """Whether ``text`` holds a Pictory key, an AWS access key, a private key, a token or an assigned password."""
    return any(shape.search(text) for shape in _SHAPES)
