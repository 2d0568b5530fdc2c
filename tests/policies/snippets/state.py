"""Snippets for the policies of what is kept."""

from pictory_egress.cdk import TerraformStack, aws
from tests.policies.snippets.snippet import Snippet


def table(stack: TerraformStack, broken: bool) -> None:
    aws.dynamodb_table.DynamodbTable(
        stack, "Table", name="clients", hash_key="id", attribute=[{"name": "id", "type": "S"}],
        billing_mode="PAY_PER_REQUEST", point_in_time_recovery={"enabled": not broken},
        deletion_protection_enabled=True,
    )  # fmt: skip


SNIPPETS: dict[str, Snippet] = {
    "state/tables_recoverable": table,
}
