"""Everything of one environment that the ``keys`` commands look at or act on."""

from pictory_egress.cli import environments
from pictory_egress.cli.aws import Aws
from pictory_egress.cli.secret import Secret
from pictory_egress.cli.tasks import Tasks


class Operated:
    """The environment given as a file or by name.

    Attributes
    ----------
    key, staging
        The secret in use, and the candidate's.
    function
        The rotation function.
    tasks
        The gateway's tasks.
    """

    def __init__(self, given: str) -> None:
        self.environment = environments.settings(given)
        self.given = given
        self.aws = Aws(self.environment)
        prefix, secrets = environments.prefix(self.environment), self.aws.secrets_manager()
        self.key = Secret(secrets, f"{prefix}/pictory")
        self.staging = Secret(secrets, f"{prefix}/pictory-candidate")
        self.function = self.aws.function(f"{prefix}-rotation")
        self.function_log_group = f"/aws/lambda/{prefix}-rotation"
        self.tasks = Tasks(self.aws.logs(), f"/{prefix}/gateway")

    def command(self, action: str) -> str:
        """What to type for another action on the same environment."""
        return f"pictory-egress keys {action} --environment {self.given}"
