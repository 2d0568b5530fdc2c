"""The secret with Pictory's key, and the staging secret that a new key waits in. Terraform knows no value of either."""

from pictory_egress.cdk import Construct, aws
from pictory_egress.credentials.settings import CredentialSettings
from pictory_egress.iam import document, statement


class Secrets(Construct):
    """``secret_arn`` and ``secret_name`` of the key in use, ``staging_secret_arn`` of the candidate's secret."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: CredentialSettings,
        name: str,
        account_id: str,
        key_arn: str,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._recovery_days = settings.recovery_days
        self._policy = _boundary(account_id)
        self._key_arn = key_arn
        self._protected = protected
        self.secret_name = f"{name}/pictory"
        self.secret_arn = self._secret(
            "Pictory",
            name=self.secret_name,
            description="Pictory's credential in use; written by rotation only",
        )
        self.staging_secret_arn = self._secret(
            "Candidate",
            name=f"{name}/pictory-candidate",
            description="The next credential for Pictory; written by `pictory-egress keys stage`",
        )

    def _secret(self, id_: str, *, name: str, description: str) -> str:
        secret = aws.secretsmanager_secret.SecretsmanagerSecret(
            self,
            id_,
            name=name,
            description=description,
            kms_key_id=self._key_arn,
            recovery_window_in_days=self._recovery_days,
            lifecycle={"prevent_destroy": True} if self._protected else None,
        )
        aws.secretsmanager_secret_policy.SecretsmanagerSecretPolicy(
            self, f"{id_}Policy", secret_arn=secret.arn, policy=self._policy, block_public_policy=True
        )
        return str(secret.arn)


def _boundary(account_id: str) -> str:
    """Denies only: who is let in, IAM says. Principals of the account, its root among them, are never caught."""
    return document(
        statement(
            "EncryptedConnectionsOnly",
            effect="Deny",
            actions=["secretsmanager:*"],
            resources=["*"],
            principals="*",
            conditions={"Bool": {"aws:SecureTransport": "false"}},
        ),
        statement(
            "ThisAccountOnly",
            effect="Deny",
            actions=["secretsmanager:*"],
            resources=["*"],
            principals="*",
            # AWS services act without an account of their own: they stay as IAM and KMS have them.
            conditions={
                "StringNotEquals": {"aws:PrincipalAccount": account_id},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        ),
    )
