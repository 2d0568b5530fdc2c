"""The registry of the credentials that were issued to clients, and of those that were taken back."""

from typing import Final

from pictory_egress.cdk import Construct, aws
from pictory_egress.names import registry_table

# As runtime/records.py, which the sidecar and the operator share, names them.
PARTITION_KEY: Final = "kind"
SORT_KEY: Final = "id"
EXPIRY: Final = "expires_at"


class Registry(Construct):
    """A DynamoDB table, encrypted with a key of ours, with its history kept for 35 days.

    It holds who was given a credential, by whom, until when, and whether it was revoked; never a credential.

    Attributes
    ----------
    table_name, table_arn
        Of the table.
    key_arn
        Of the key that encrypts it: whoever reads the table needs it too.
    """

    def __init__(self, scope: Construct, id_: str, *, name: str, key_arn: str, protected: bool) -> None:
        super().__init__(scope, id_)
        attribute = aws.dynamodb_table.DynamodbTableAttribute
        table = aws.dynamodb_table.DynamodbTable(
            self,
            "Table",
            name=registry_table(name),
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attribute=[attribute(name=key, type="S") for key in (PARTITION_KEY, SORT_KEY)],
            ttl={"attribute_name": EXPIRY, "enabled": True},
            point_in_time_recovery={"enabled": True},
            server_side_encryption={"enabled": True, "kms_key_arn": key_arn},
            deletion_protection_enabled=protected,
            lifecycle={"prevent_destroy": True} if protected else None,
        )
        self.table_name: str = table.name
        self.table_arn: str = table.arn
        self.key_arn = key_arn
