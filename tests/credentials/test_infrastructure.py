"""Keys, secrets and rotation as Terraform will make them."""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pictory_egress.cdk import App, TerraformStack, aws
from pictory_egress.credentials.infrastructure import Credentials
from pictory_egress.credentials.keys import Keys
from pictory_egress.credentials.runtime.configuration import Configuration
from pictory_egress.credentials.settings import CredentialSettings
from pictory_egress.gateway.settings import UpstreamSettings

NAME, ACCOUNT, REGION = "pictory-egress-dev", "111111111111", "us-east-2"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}-rotation"


@dataclasses.dataclass
class Net:
    """A network of which only what the rotation needs is known."""

    vpc_id: str = "vpc-12345678"
    private_subnet_ids: list[str] = dataclasses.field(
        default_factory=lambda: ["subnet-11111111", "subnet-22222222"]
    )
    endpoint_security_group_id: str | None = "sg-12345678"
    allowed: list[str] = dataclasses.field(default_factory=list)

    def allow_endpoints_from(self, security_group_id: str, id_: str) -> None:
        self.allowed.append(f"{id_} {security_group_id}")


class Stack:
    """A synthesized stack of keys and credentials."""

    def __init__(
        self, outdir: Path, *, net: Net, settings: dict[str, Any], upstream: dict[str, Any], protected: bool
    ) -> None:
        app = App(outdir=str(outdir))
        stack = TerraformStack(app, "test")
        aws.provider.AwsProvider(stack, "aws", region=REGION)
        common: dict[str, Any] = {
            "name": NAME,
            "account_id": ACCOUNT,
            "region": REGION,
            "protected": protected,
        }
        self.keys = Keys(stack, "Keys", **common)
        self.credentials = Credentials(
            stack, "Credentials", settings=CredentialSettings.model_validate(settings), keys=self.keys,
            network=net, upstream=UpstreamSettings.model_validate(upstream), **common,  # type: ignore[arg-type]
        )  # fmt: skip
        app.synth()
        self.directory = outdir / "stacks" / "test"
        self.text = (self.directory / "cdk.tf.json").read_text()
        self.resources: dict[str, dict[str, dict[str, Any]]] = json.loads(self.text)["resource"]
        self.net = net

    def all(self, type_: str) -> list[dict[str, Any]]:
        return list(self.resources.get(type_, {}).values())

    def one(self, type_: str, **where: Any) -> dict[str, Any]:
        (found,) = [r for r in self.all(type_) if all(r.get(key) == value for key, value in where.items())]
        return found

    def key_policy(self, purpose: str) -> list[dict[str, Any]]:
        (key,) = [key for key in self.all("aws_kms_key") if purpose in key["description"]]
        return list(json.loads(key["policy"])["Statement"])

    def role_statements(self) -> dict[str, dict[str, Any]]:
        return {s["Sid"]: s for s in json.loads(self.one("aws_iam_role_policy")["policy"])["Statement"]}


@pytest.fixture(scope="module")
def synthesize(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Stack]:
    made: dict[str, Stack] = {}

    def _synthesize(
        *, net: Net | None = None, settings: dict[str, Any] | None = None,
        upstream: dict[str, Any] | None = None, protected: bool = True,
    ) -> Stack:  # fmt: skip
        wanted = repr((net, settings, upstream, protected))
        if wanted not in made:
            made[wanted] = Stack(
                tmp_path_factory.mktemp("out"), net=net or Net(), settings=settings or {},
                upstream=upstream or {}, protected=protected,
            )  # fmt: skip
        return made[wanted]

    return _synthesize


@pytest.fixture
def stack(synthesize: Callable[..., Stack]) -> Stack:
    return synthesize()


def test_encryption_keys_rotate_and_the_signing_key_is_p256(stack: Stack) -> None:
    specs = {
        key["description"].split(": ")[1]: (
            key.get("enable_key_rotation"),
            key.get("customer_master_key_spec"),
        )
        for key in stack.all("aws_kms_key")
    }
    assert specs == {
        "encrypts Pictory's key and its candidate": (True, None),
        "encrypts log groups": (True, None),
        "encrypts alarms on their way": (True, None),
        "encrypts the registry of clients' credentials": (True, None),
        "signs the credentials of the gateway's clients (1)": (None, "ECC_NIST_P256"),
    }
    assert {alias["name"] for alias in stack.all("aws_kms_alias")} == {
        f"alias/{NAME}-{purpose}" for purpose in ("secrets", "logs", "topic", "registry", "signing-1")
    }


@pytest.mark.parametrize("purpose", ["candidate", "log groups", "alarms", "registry", "signs"])
def test_every_key_trusts_its_account_so_that_nobody_is_locked_out(stack: Stack, purpose: str) -> None:
    first = stack.key_policy(purpose)[0]
    assert first["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert (first["Effect"], first["Action"], "Condition" in first) == ("Allow", ["kms:*"], False)


@pytest.mark.parametrize(
    ("purpose", "services"),
    [
        ("candidate", set()),
        ("registry", set()),
        ("signs", set()),
        ("log groups", {f"logs.{REGION}.amazonaws.com"}),
        ("alarms", {"cloudwatch.amazonaws.com", "events.amazonaws.com"}),
    ],
)
def test_key_lets_in_the_services_that_it_is_for_and_no_others(
    stack: Stack, purpose: str, services: set[str]
) -> None:
    statements = stack.key_policy(purpose)[1:]
    assert {statement["Principal"]["Service"] for statement in statements} == services
    assert all("kms:*" not in statement["Action"] for statement in statements)


def test_logs_key_serves_log_groups_of_this_account_and_region_only(stack: Stack) -> None:
    (statement,) = stack.key_policy("log groups")[1:]
    assert statement["Condition"] == {
        "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:*"}
    }


def test_terraform_knows_no_value_of_a_secret(stack: Stack) -> None:
    assert "aws_secretsmanager_secret_version" not in stack.resources
    assert "secret_string" not in stack.text


def test_secrets_are_encrypted_with_our_key_and_named_after_the_environment(stack: Stack) -> None:
    secrets = stack.all("aws_secretsmanager_secret")
    assert {secret["name"] for secret in secrets} == {f"{NAME}/pictory", f"{NAME}/pictory-candidate"}
    (secrets_key,) = [
        id_ for id_, key in stack.resources["aws_kms_key"].items() if "candidate" in key["description"]
    ]
    assert {secret["kms_key_id"] for secret in secrets} == {f"${{aws_kms_key.{secrets_key}.arn}}"}


def test_secret_policies_deny_only_and_never_a_principal_of_the_account(stack: Stack) -> None:
    policies = stack.all("aws_secretsmanager_secret_policy")
    assert len(policies) == 2
    for policy in policies:
        tls, account = json.loads(policy["policy"])["Statement"]
        assert (tls["Effect"], account["Effect"], policy["block_public_policy"]) == ("Deny", "Deny", True)
        assert tls["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert account["Condition"] == {
            "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        }


@pytest.mark.parametrize("protected", [True, False])
def test_keys_and_secrets_are_protected_from_destruction_where_asked(
    synthesize: Callable[..., Stack], protected: bool
) -> None:
    stack = synthesize(protected=protected)
    holders = stack.all("aws_kms_key") + stack.all("aws_secretsmanager_secret")
    assert len(holders) == 7
    assert {holder.get("lifecycle", {}).get("prevent_destroy", False) for holder in holders} == {protected}
    assert {key["deletion_window_in_days"] for key in stack.all("aws_kms_key")} == {30 if protected else 7}


def test_recovery_window_is_that_of_the_settings(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(settings={"recovery_days": 0})
    assert {secret["recovery_window_in_days"] for secret in stack.all("aws_secretsmanager_secret")} == {0}


def test_rotation_is_scheduled_and_does_not_begin_at_deployment(synthesize: Callable[..., Stack]) -> None:
    rotation = synthesize(settings={"schedule": "rate(7 days)", "window": "2h"}).one(
        "aws_secretsmanager_secret_rotation"
    )
    assert rotation["rotate_immediately"] is False
    assert rotation["rotation_rules"] == {"schedule_expression": "rate(7 days)", "duration": "2h"}
    assert any("aws_lambda_permission" in dependency for dependency in rotation["depends_on"])


def test_only_secrets_manager_for_the_one_secret_may_invoke_the_function(stack: Stack) -> None:
    permission = stack.one("aws_lambda_permission")
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["source_account"] == ACCOUNT
    assert permission["source_arn"] == stack.one("aws_secretsmanager_secret_rotation")["secret_id"]


def test_function_runs_alone_in_the_private_subnets_traced_with_a_dead_letter_queue(stack: Stack) -> None:
    function = stack.one("aws_lambda_function")
    assert (function["function_name"], function["runtime"]) == (f"{NAME}-rotation", "python3.13")
    assert function["reserved_concurrent_executions"] == 1
    assert function["vpc_config"]["subnet_ids"] == ["subnet-11111111", "subnet-22222222"]
    assert function["tracing_config"] == {"mode": "Active"}
    assert function["dead_letter_config"]["target_arn"].startswith("${aws_sqs_queue.")
    assert function["kms_key_arn"].startswith("${aws_kms_key.")


def test_function_starts_after_its_permissions_and_log_group_exist(stack: Stack) -> None:
    dependencies = stack.one("aws_lambda_function")["depends_on"]
    assert {dependency.split(".")[0] for dependency in dependencies} == {
        "aws_iam_role_policy", "aws_cloudwatch_log_group",
    }  # fmt: skip


def test_function_environment_is_what_its_configuration_reads(synthesize: Callable[..., Stack]) -> None:
    stack = synthesize(settings={"mode": "oauth", "deadline_days": 40}, upstream={"port": 8443})
    variables = stack.one("aws_lambda_function")["environment"]["variables"]
    configuration = Configuration.from_environment(variables)
    assert (configuration.mode, configuration.deadline_days, configuration.port) == ("oauth", 40, 8443)
    assert configuration.verify_path == "/pictoryapis/v1/quota"
    assert len(variables) == len(dataclasses.fields(Configuration))


def test_package_lies_beside_the_stack_under_a_relative_path_with_its_hash(stack: Stack) -> None:
    function = stack.one("aws_lambda_function")
    assert not Path(function["filename"]).is_absolute()
    content = (stack.directory / function["filename"]).read_bytes()
    assert function["source_code_hash"] == base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert str(stack.directory) not in stack.text


def test_log_group_is_the_functions_own_encrypted_and_kept_as_long_as_asked(
    synthesize: Callable[..., Stack],
) -> None:
    group = synthesize(settings={"log_retention_days": 90}).one("aws_cloudwatch_log_group")
    assert (group["name"], group["retention_in_days"]) == (f"/aws/lambda/{NAME}-rotation", 90)
    assert group["kms_key_id"].startswith("${aws_kms_key.")


def test_dead_letters_are_encrypted_with_our_key_and_kept_two_weeks(stack: Stack) -> None:
    queue = stack.one("aws_sqs_queue")
    assert queue["message_retention_seconds"] == 1_209_600
    assert queue["kms_master_key_id"].startswith("${aws_kms_key.")
    (statement,) = json.loads(queue["policy"])["Statement"]
    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


@pytest.mark.parametrize(
    ("endpoints", "port", "ports"),
    [
        ("sg-12345678", 443, [443]),
        (None, 443, [443]),
        (None, 8443, [443, 8443]),
        ("sg-12345678", 8443, [8443]),
    ],
)
def test_security_group_lets_nothing_in_and_https_out(
    synthesize: Callable[..., Stack], endpoints: str | None, port: int, ports: list[int]
) -> None:
    stack = synthesize(net=Net(endpoint_security_group_id=endpoints), upstream={"port": port})
    assert "aws_vpc_security_group_ingress_rule" not in stack.resources
    assert "ingress" not in stack.one("aws_security_group")
    rules = stack.all("aws_vpc_security_group_egress_rule")
    assert sorted((rule["from_port"], rule["to_port"]) for rule in rules) == [(port, port) for port in ports]
    assert len(stack.net.allowed) == 1
    assert stack.net.allowed[0].startswith("Rotation ")


def test_role_rotates_the_one_secret_and_only_reads_the_candidate(stack: Stack) -> None:
    statements = stack.role_statements()
    rotate, read = statements["RotateTheSecret"], statements["ReadTheCandidate"]
    assert sorted(rotate["Action"]) == [
        "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
    ]  # fmt: skip
    assert read["Action"] == ["secretsmanager:GetSecretValue"]
    assert rotate["Resource"] != read["Resource"]
    assert all(len(s["Resource"]) == 1 and "_secret." in s["Resource"][0] for s in (rotate, read))
    others = [s for sid, s in statements.items() if sid not in ("RotateTheSecret", "ReadTheCandidate")]
    assert not [action for s in others for action in s["Action"] if action.startswith("secretsmanager")]


def test_role_uses_the_key_through_named_services_or_for_its_own_environment_only(stack: Stack) -> None:
    conditions = [
        statement["Condition"]["StringEquals"]
        for statement in stack.role_statements().values()
        if any(action.startswith("kms:") for action in statement["Action"])
    ]
    assert len(conditions) == 4
    for condition in conditions:
        assert "kms:ViaService" in condition or condition == {
            "kms:EncryptionContext:aws:lambda:FunctionArn": FUNCTION
        }


def test_role_allows_no_wildcard_action_and_a_wildcard_resource_only_where_aws_has_no_other(
    stack: Stack,
) -> None:
    allowed = [s for s in stack.role_statements().values() if s["Effect"] == "Allow"]
    assert not [action for s in allowed for action in s["Action"] if "*" in action]
    assert {s["Sid"] for s in allowed if "*" in s["Resource"]} == {"DescribeNetwork", "Trace"}


def test_code_of_the_function_cannot_touch_network_interfaces_itself(stack: Stack) -> None:
    statements = stack.role_statements()
    deny = statements["NeverFromTheCodeItself"]
    assert deny["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": FUNCTION}}
    assert {
        action for sid in ("AttachToNetwork", "DescribeNetwork") for action in statements[sid]["Action"]
    } == set(deny["Action"])


def test_only_lambda_may_assume_the_role(stack: Stack) -> None:
    (trust,) = json.loads(stack.one("aws_iam_role")["assume_role_policy"])["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")


@pytest.mark.parametrize("protected", [True, False])
def test_attributes_name_what_others_watch_and_read(
    synthesize: Callable[..., Stack], protected: bool
) -> None:
    credentials = synthesize(protected=protected).credentials
    assert credentials.secret_name == f"{NAME}/pictory"
    assert credentials.rotation_function_name == f"{NAME}-rotation"
    names = ("secret_arn", "staging_secret_arn", "rotation_function_arn", "rotation_role_arn",
             "rotation_log_group_name", "dead_letter_queue_name", "dead_letter_queue_arn")  # fmt: skip
    assert len({getattr(credentials, name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recovery_days": 3}, "7 to 30 days"),
        ({"schedule": "rate(4 hours)", "window": "5h"}, "write '4h' or less"),
        ({"schedule": "rate(3 hours)"}, "every 4 hours at most"),
        ({"schedule": "rate(1000 days)"}, "999 days at least"),
        *(
            ({"schedule": schedule}, "not a schedule: write 'rate")
            for schedule in (
                "",
                "30 days",
                "cron(0 8 * * ? *)",
                "rate(0 days)",
                "rate(030 days)",
                "rate(-4 hours)",
                "rate(4.5 hours)",
                "rate(30 weeks)",
                "rate(30  days)",
                "rate(30 days) ",
                "RATE(30 days)",
            )
        ),
        *(({"window": window}, "window") for window in ("", "0h", "25h", "90m", "2", "2H")),
    ],
)
def test_settings_that_secrets_manager_would_refuse_are_refused_before(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        CredentialSettings.model_validate(change)


@pytest.mark.parametrize(
    "change", [{"recovery_days": 7}, {"schedule": "rate(4 hours)", "window": "4h"}, {"window": "24h"}]
)
def test_settings_at_the_edge_of_what_secrets_manager_takes_are_taken(change: dict[str, Any]) -> None:
    assert CredentialSettings.model_validate(change)
