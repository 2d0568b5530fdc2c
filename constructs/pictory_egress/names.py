"""Names that more than one part must know: who makes the thing, who may reach it, and who operates it."""


def registry_table(prefix: str) -> str:
    """The table of clients' credentials; ``prefix`` is ``pictory-egress-<environment>``."""
    return f"{prefix}-clients"


def signing_alias(prefix: str, key: str) -> str:
    """The alias of the KMS key that the environment's file calls ``key`` in ``gateway.signing_keys``."""
    return f"alias/{prefix}-signing-{key}"
