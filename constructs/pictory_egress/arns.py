"""Parts of an ARN that may be known only at deployment."""

from pictory_egress.cdk import Fn, Token
from pictory_egress.types import arn_account


def account_of(arn: str) -> str:
    """The account that ``arn`` names: read now where it is text, by Terraform where it is a token."""
    if Token.is_unresolved(arn):
        return Token.as_string(Fn.element(Fn.split(":", arn), 4))
    return arn_account(arn)
