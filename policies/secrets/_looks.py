"""What a secret looks like when it stands in plain text, and which attributes of a stack's blocks are one."""

import re
from typing import Final

from ..stack.values import Reference

_SHAPES: Final = (
    (("pictai_",), re.compile(r"pictai_[A-Za-z0-9_-]{8,}")),
    (("AKIA", "ASIA"), re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")),
    (("PRIVATE KEY-----",), re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    (("eyJ",), re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}")),
    (("ghp_", "gho_", "ghs_", "github_pat_"), re.compile(r"\b(ghp|gho|ghs|github_pat)_[A-Za-z0-9_]{20,}")),
    (("xox",), re.compile(r"\bxox[baprs]-[A-Za-z0-9-]{10,}")),
    (("sk-",), re.compile(r"\bsk-[A-Za-z0-9_-]{20,}")),
    (
        ("client_secret", "api_key", "apikey", "password", "secret_access_key", "secret_key"),
        re.compile(
            r"""["']?(client_secret|api_key|apikey|password|secret_access_key|secret_key)["']?\s*[:=]\s*["'][^"'${}\s]{8,}["']""",
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


_VALUES: Final = {
    "aws_db_instance": ("password",),
    "aws_iam_access_key": ("secret", "ses_smtp_password_v4"),
    "aws_kms_secrets": ("plaintext",),
    "aws_rds_cluster": ("master_password",),
    "aws_secretsmanager_random_password": ("random_password",),
    "aws_secretsmanager_secret_version": ("secret_string", "secret_binary"),
    "random_password": ("result",),
    "tls_private_key": ("private_key_openssh", "private_key_pem", "private_key_pem_pkcs8"),
}
"""Attributes, of resources and data sources, whose value is a secret itself."""


def is_a_secret(mention: Reference) -> bool:
    """Whether what is mentioned is the value of a secret, rather than its name."""
    type_ = mention.address.removeprefix("data.").partition(".")[0]
    return mention.attribute in _VALUES.get(type_, ())
