"""The customer keys of an environment, one for each thing that different people may read."""

from typing import Any

from pictory_egress.cdk import Construct, aws
from pictory_egress.credentials import key_policies


class Keys(Construct):
    """KMS keys with yearly rotation, and the key that signs callers' credentials.

    Attributes
    ----------
    secrets_key_arn
        For the secrets, the rotation function's environment and its dead letters.
    logs_key_arn
        For CloudWatch log groups.
    topic_key_arn
        For the SNS topic that alarms and events publish to.
    signing_key_arn, signing_key_id
        ECC_NIST_P256, sign and verify (ES256). KMS cannot rotate asymmetric keys.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        account_id: str,
        region: str,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._name = name
        self._protected = protected
        self.secrets_key_arn: str = self._encryption_key(
            "Secrets", purpose="Pictory's key and its candidate", policy=key_policies.account_only(account_id)
        )
        self.logs_key_arn: str = self._encryption_key(
            "Logs", purpose="log groups", policy=key_policies.for_logs(account_id, region=region)
        )
        self.topic_key_arn: str = self._encryption_key(
            "Topic", purpose="alarms on their way", policy=key_policies.for_topic(account_id)
        )
        signing = self._key(
            "Signing",
            description=f"{name}: signs the credentials of the gateway's clients",
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            policy=key_policies.account_only(account_id),
        )
        self.signing_key_arn: str = signing.arn
        self.signing_key_id: str = signing.key_id

    def _encryption_key(self, id_: str, *, purpose: str, policy: str) -> str:
        key = self._key(
            id_, description=f"{self._name}: encrypts {purpose}", enable_key_rotation=True, policy=policy
        )
        return str(key.arn)

    def _key(self, id_: str, **properties: Any) -> Any:
        key = aws.kms_key.KmsKey(
            self,
            id_,
            deletion_window_in_days=30 if self._protected else 7,
            lifecycle={"prevent_destroy": True} if self._protected else None,
            **properties,
        )
        aws.kms_alias.KmsAlias(
            self, f"{id_}Alias", name=f"alias/{self._name}-{id_.lower()}", target_key_id=key.key_id
        )
        return key
