"""What a secret looks like when it stands in plain text."""

import re
from typing import Final

_SHAPES: Final = (
    (("pictai_",), re.compile(r"pictai_[A-Za-z0-9_-]{8,}")),
    (("AKIA", "ASIA"), re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")),
    (("PRIVATE KEY-----",), re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (("eyJ",), re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")),
    (("ghp_", "gho_", "ghs_", "github_pat_"), re.compile(r"\b(ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{20,}")),
    (("xox",), re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{10,}")),
    (("sk-",), re.compile(r"\bsk-[A-Za-z0-9_-]{20,}")),
    (
        ("client_secret", "api_key", "apikey", "password", "secret_access_key"),
        re.compile(
            r"""["']?(client_secret|api_key|apikey|password|secret_access_key)["']?\s*[:=]\s*["'][^"'${}\s]{8,}["']""",
            re.I,
        ),
    ),
)
"""A part that each has, which is found a hundred times faster, and the whole of it."""

_TESTS: Final = tuple((parts, shape, bool(shape.flags & re.IGNORECASE)) for parts, shape in _SHAPES)


def looks_like_a_secret(text: str) -> bool:
    """Whether ``text`` holds a Pictory key, an AWS access key, a private key, a token or an assigned password."""
    small = text.casefold()
    return any(
        any(part in (small if in_any_case else text) for part in parts) and shape.search(text)
        for parts, shape, in_any_case in _TESTS
    )
