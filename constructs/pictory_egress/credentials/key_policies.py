"""Who may use which key. Each key trusts its account, so that nobody is locked out, and the services it is for."""

from typing import Any, Final

from pictory_egress.iam import document, statement

_SYMMETRIC_USE: Final = ("kms:Decrypt", "kms:GenerateDataKey*")


def account_only(account_id: str) -> str:
    """For keys that principals of the account use, as far as their own policies let them."""
    return document(_account(account_id))


def for_logs(account_id: str, *, region: str) -> str:
    """For CloudWatch log groups of this account and region."""
    return document(
        _account(account_id),
        statement(
            "EncryptLogGroups",
            actions=[
                "kms:Encrypt",
                "kms:Decrypt",
                "kms:ReEncrypt*",
                "kms:GenerateDataKey*",
                "kms:DescribeKey",
            ],
            resources=["*"],
            principals={"Service": f"logs.{region}.amazonaws.com"},
            conditions={
                "ArnLike": {
                    "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:log-group:*"
                }
            },
        ),
    )


def for_topic(account_id: str) -> str:
    """For an SNS topic that CloudWatch alarms and EventBridge rules publish to.

    Without these statements their messages vanish without an error.
    """
    return document(
        _account(account_id),
        statement(
            "PublishAlarms",
            actions=_SYMMETRIC_USE,
            resources=["*"],
            principals={"Service": "cloudwatch.amazonaws.com"},
            conditions={"StringEquals": {"aws:SourceAccount": account_id}},
        ),
        # EventBridge names no source account when it uses a topic's key: a condition on it would match never.
        statement(
            "PublishEvents",
            actions=_SYMMETRIC_USE,
            resources=["*"],
            principals={"Service": "events.amazonaws.com"},
        ),
    )


def _account(account_id: str) -> dict[str, Any]:
    return statement(
        "AccountAdministersAndDelegates",
        actions=["kms:*"],
        resources=["*"],
        principals={"AWS": f"arn:aws:iam::{account_id}:root"},
    )
