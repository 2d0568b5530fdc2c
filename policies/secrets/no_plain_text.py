"""No secret stands in the configuration, and so in none of its copies."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..policy.policy import Policy, Practice, Severity
from ..stack.resource import TERRAFORM, Resource, Stack
from ..stack.values import Encoded, Unknown
from ._looks import is_a_secret, looks_like_a_secret

_VALUES = {
    "aws_secretsmanager_secret_version": ("secret_string", "secret_binary", "secret_string_wo"),
    "aws_ssm_parameter": ("value", "value_wo", "insecure_value"),
}


def judge(resource: Resource, stack: Stack) -> Iterator[str]:
    for field in _VALUES.get(resource.type, ()):
        value = resource.get(field)
        if isinstance(value, str | Encoded) and (
            resource.type != "aws_ssm_parameter" or _is_secure(resource)
        ):
            yield f"{field} is written out: it stands in the configuration, the plan and the state"
    if resource.type == "aws_lambda_function":
        for mention in sorted(resource.references("environment"), key=str):
            if is_a_secret(mention):
                yield f"environment is handed {mention.address}.{mention.attribute}, the value itself"
    for path, text in _texts(resource.values if resource.type != TERRAFORM else _beside(stack), ""):
        if looks_like_a_secret(text):
            yield f"{path} looks like a secret"


def _beside(stack: Stack) -> Mapping[str, Any]:
    """What a stack has beside its resources."""
    data = {address: block.values for address, block in stack.data.items()}
    return {"terraform": stack.settings, "provider": stack.providers, **stack.named, **data}


def _is_secure(resource: Resource) -> bool:
    return bool(resource.known("type") == "SecureString")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Unknown):
        yield path, value.text  # what is handed to a function stands there as well
    elif isinstance(value, Encoded):
        yield from _texts(value.value, path)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            # "password": "…" in a map is one as much as in text.
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
            if isinstance(inner, str):
                yield f"{path}.{key}" if path else str(key), f'"{key}": "{inner}"'
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{path}.{index}")


POLICY = Policy(
    number=54,
    title="No secret is written into the configuration",
    severity=Severity.CRITICAL,
    practice=Practice.ROTATION,
    types=("*", TERRAFORM),
    why="Configuration is copied into version control, plans, state and logs; a secret in one is in all, for ever.",
    remedy="Let the operator write the value into Secrets Manager, and configure its ARN only.",
    judge=judge,
    owasp=("API2:2023",),
)
