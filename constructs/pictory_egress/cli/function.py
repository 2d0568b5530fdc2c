"""The rotation function, asked directly: it may read the keys, so that operators need not."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from pictory_egress.cli.errors import CommandError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


class Function:
    """One environment's function. Its answers hold versions and verdicts, never a value."""

    def __init__(self, client: "LambdaClient", name: str) -> None:
        self._client, self._name = client, name

    def ask(self, operation: str, **fields: str) -> dict[str, Any]:
        """The function's answer to ``operation``.

        Raises
        ------
        CommandError
            There is no such function, it is at work for somebody else, or it could not do what was asked.
        """
        event = json.dumps({"Operation": operation, **fields}).encode()
        try:
            answer = self._client.invoke(FunctionName=self._name, Payload=event)
        except ReadTimeoutError:
            raise CommandError(f"function {self._name!r} gave no answer in its time: read its log") from None
        except ClientError as error:
            raise self._explained(error) from None
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise CommandError(
                f"function {self._name!r}: {(payload or {}).get('errorMessage', 'no reason given')}"
            )
        if not isinstance(payload, dict):
            raise CommandError(
                f"function {self._name!r} knows no operations: deploy this version of the stack"
            )
        if "error" in payload:
            raise CommandError(str(payload["error"]))
        return payload

    def _explained(self, error: ClientError) -> Exception:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            return CommandError(
                f"there is no function {self._name!r} in this region: deploy the environment first"
            )
        if code == "TooManyRequestsException":
            return CommandError(f"function {self._name!r} is at work: a rotation runs; try again in a minute")
        return error
