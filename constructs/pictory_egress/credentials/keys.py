"""The customer keys of an environment, one for each thing that different people may read."""

from collections.abc import Sequence
from typing import Any

from pictory_egress.cdk import Construct, aws
from pictory_egress.credentials import key_policies
from pictory_egress.names import signing_alias


class Keys(Construct):
    """KMS keys with yearly rotation, and the key that signs callers' credentials.

    Attributes
    ----------
    secrets_key_arn
        For the secrets, the rotation function's environment and its dead letters.
    logs_key_arn
        For CloudWatch log groups.
    registry_key_arn
        For the table of the credentials that were issued to clients.
    topic_key_arn
        For the SNS topic that alarms and events publish to.
    signing_key_arns
        By name, in the order of ``signing_keys``: ECC_NIST_P256, sign and verify (ES256). KMS cannot rotate
        asymmetric keys, so a second one takes over.
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
        signing_keys: Sequence[str] = ("1",),
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
        self.registry_key_arn: str = self._encryption_key(
            "Registry",
            purpose="the registry of clients' credentials",
            policy=key_policies.account_only(account_id),
        )
        self.signing_key_arns: dict[str, str] = {
            key: self._signing_key(key, account_id) for key in signing_keys
        }

    def _signing_key(self, name: str, account_id: str) -> str:
        key = self._key(
            f"Signing{name.title()}",
            alias=signing_alias(self._name, name),
            description=f"{self._name}: signs the credentials of the gateway's clients ({name})",
            customer_master_key_spec="ECC_NIST_P256",
            key_usage="SIGN_VERIFY",
            policy=key_policies.account_only(account_id),
        )
        return str(key.arn)

    def _encryption_key(self, id_: str, *, purpose: str, policy: str) -> str:
        key = self._key(
            id_,
            alias=f"alias/{self._name}-{id_.lower()}",
            description=f"{self._name}: encrypts {purpose}",
            enable_key_rotation=True,
            policy=policy,
        )
        return str(key.arn)

    def _key(self, id_: str, *, alias: str, **properties: Any) -> Any:
        key = aws.kms_key.KmsKey(
            self,
            id_,
            deletion_window_in_days=30 if self._protected else 7,
            lifecycle={"prevent_destroy": True} if self._protected else None,
            **properties,
        )
        aws.kms_alias.KmsAlias(self, f"{id_}Alias", name=alias, target_key_id=key.key_id)
        return key
