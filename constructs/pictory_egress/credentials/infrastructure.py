"""Pictory's credential: where it is kept, and how it is replaced."""

from pictory_egress.cdk import Construct
from pictory_egress.credentials.keys import Keys
from pictory_egress.credentials.rotation import Rotation
from pictory_egress.credentials.secrets import Secrets
from pictory_egress.credentials.settings import CredentialSettings
from pictory_egress.gateway.settings import UpstreamSettings
from pictory_egress.network.infrastructure import Network


class Credentials(Construct):
    """The secret in use, the staging secret, and a function that moves a verified candidate from one to the other.

    Attributes
    ----------
    secret_arn, secret_name, staging_secret_arn
        Of the secrets, which ``secrets_key_arn`` encrypts. Their values are written by people and by the function,
        never by Terraform.
    rotation_function_name, rotation_function_arn, rotation_role_arn, rotation_log_group_name
        Of the rotation.
    dead_letter_queue_name, dead_letter_queue_arn
        Of the queue for invocations that were given up.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: CredentialSettings,
        name: str,
        account_id: str,
        region: str,
        keys: Keys,
        network: Network,
        upstream: UpstreamSettings,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        secrets = Secrets(
            self,
            "Secrets",
            settings=settings,
            name=name,
            account_id=account_id,
            key_arn=keys.secrets_key_arn,
            protected=protected,
        )
        rotation = Rotation(
            self,
            "Rotation",
            settings=settings,
            name=name,
            account_id=account_id,
            region=region,
            keys=keys,
            secrets=secrets,
            network=network,
            upstream=upstream,
        )
        self.secret_arn = secrets.secret_arn
        self.secret_name = secrets.secret_name
        self.staging_secret_arn = secrets.staging_secret_arn
        self.secrets_key_arn = keys.secrets_key_arn
        self.rotation_function_name = rotation.function_name
        self.rotation_function_arn = rotation.function_arn
        self.rotation_role_arn = rotation.role_arn
        self.rotation_log_group_name = rotation.log_group_name
        self.dead_letter_queue_name = rotation.dead_letters.queue_name
        self.dead_letter_queue_arn = rotation.dead_letters.queue_arn
