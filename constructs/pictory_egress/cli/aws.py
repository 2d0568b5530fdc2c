"""AWS as the operator sees it: the environment's own account and region, and errors in a sentence."""

from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from pictory_egress.cli.errors import CommandError
from pictory_egress.cli.function import Function
from pictory_egress.settings import EnvironmentSettings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

# Calls that carry a secret: AWS's own words about them might repeat it.
_SECRET_CALLS: Final = frozenset({"PutSecretValue"})
_BOUNDED: Final = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)
# The function may take two minutes, and must not be asked twice.
_PATIENT: Final = Config(connect_timeout=5, read_timeout=130, retries={"total_max_attempts": 1})


class Aws:
    """Clients for one environment, after proof that the operator's credentials are of its account.

    Raises
    ------
    CommandError
        The credentials in use are of another account.
    """

    def __init__(self, environment: EnvironmentSettings) -> None:
        self._session = boto3.Session(region_name=environment.aws.region)
        caller = self._session.client("sts", config=_BOUNDED).get_caller_identity()
        if caller["Account"] != environment.aws.account_id:
            raise CommandError(
                f"the AWS credentials in use are of account {caller['Account']}, environment "
                f"{environment.name!r} is of {environment.aws.account_id}: use that account's credentials"
            )
        self.caller: str = caller["Arn"]
        """ARN of who runs the command."""

    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB in the environment's region."""
        return self._session.client("dynamodb", config=_BOUNDED)

    def kms(self) -> "KMSClient":
        """KMS in the environment's region."""
        return self._session.client("kms", config=_BOUNDED)

    def logs(self) -> "CloudWatchLogsClient":
        """CloudWatch Logs in the environment's region."""
        return self._session.client("logs", config=_BOUNDED)

    def function(self, name: str) -> Function:
        """A function in the environment's region."""
        return Function(self._session.client("lambda", config=_PATIENT), name)

    def secrets_manager(self) -> "SecretsManagerClient":
        """Secrets Manager in the environment's region."""
        return self._session.client("secretsmanager", config=_BOUNDED)


def explanation(error: ClientError | BotoCoreError) -> str:
    """What AWS, or the way to it, refused, and what to do; never a value that was sent."""
    if isinstance(error, ClientError):
        code = error.response["Error"]["Code"]
        words = (
            "" if error.operation_name in _SECRET_CALLS else f": {error.response['Error'].get('Message', '')}"
        )
        return f"AWS refused {error.operation_name} ({code}){words}"
    if isinstance(error, NoCredentialsError):
        return "no AWS credentials: sign in, or set AWS_PROFILE"
    if isinstance(error, EndpointConnectionError):
        return f"AWS cannot be reached: {error}"
    # botocore's validation errors repeat parameters.
    return (
        "AWS call not sent: a parameter is invalid" if isinstance(error, ParamValidationError) else str(error)
    )
