"""The rotation function in the VPC, and what lets Secrets Manager call it on a schedule."""

from pathlib import Path, PurePosixPath
from typing import Any, Final, cast

from pictory_egress.api.headers import USER_AGENT
from pictory_egress.api.hosts import JOBS_PATH, TOKEN_PATH, VERIFY_PATH
from pictory_egress.cdk import App, Construct, TerraformStack, aws
from pictory_egress.credentials import package
from pictory_egress.credentials.dead_letters import DeadLetters
from pictory_egress.credentials.keys import Keys
from pictory_egress.credentials.rotation_role import RotationRole
from pictory_egress.credentials.secrets import Secrets
from pictory_egress.credentials.settings import CredentialSettings
from pictory_egress.gateway.settings import UpstreamSettings
from pictory_egress.network.infrastructure import Network

_HTTPS: Final = 443


class Rotation(Construct):
    """``function_name``, ``function_arn``, ``role_arn``, ``log_group_name`` and ``dead_letters`` of the rotation."""

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
        secrets: Secrets,
        network: Network,
        upstream: UpstreamSettings,
    ) -> None:
        super().__init__(scope, id_)
        # Spelled out rather than read back, since the role names the function and the function its role.
        self.function_name = f"{name}-rotation"
        function_arn = f"arn:aws:lambda:{region}:{account_id}:function:{self.function_name}"
        self.dead_letters = DeadLetters(
            self,
            "DeadLetters",
            name=f"{self.function_name}-dead-letters",
            account_id=account_id,
            region=region,
            key_arn=keys.secrets_key_arn,
        )
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "Log",
            name=f"/aws/lambda/{self.function_name}",
            retention_in_days=settings.log_retention_days,
            kms_key_id=keys.logs_key_arn,
        )
        self.log_group_name: str = log_group.name
        role = RotationRole(
            self,
            "Role",
            name=self.function_name,
            region=region,
            secret_arn=secrets.secret_arn,
            staging_secret_arn=secrets.staging_secret_arn,
            key_arn=keys.secrets_key_arn,
            function_arn=function_arn,
            log_group_arn=log_group.arn,
            queue_arn=self.dead_letters.queue_arn,
        )
        self.role_arn = role.arn
        zipped = package.build()
        function = aws.lambda_function.LambdaFunction(
            self,
            "Function",
            function_name=self.function_name,
            description="Rotates Pictory's credential: staged, verified, promoted",
            role=role.arn,
            runtime="python3.13",
            architectures=["x86_64"],
            handler=package.HANDLER,
            filename=self._written(zipped),
            source_code_hash=zipped.source_code_hash,
            memory_size=256,
            # Three tries at Pictory with their pauses, and AWS's own answers, fit in twice.
            timeout=120,
            reserved_concurrent_executions=1,
            environment={"variables": _environment(settings, secrets=secrets, upstream=upstream)},
            kms_key_arn=keys.secrets_key_arn,
            dead_letter_config={"target_arn": self.dead_letters.queue_arn},
            tracing_config={"mode": "Active"},
            vpc_config={
                "subnet_ids": network.private_subnet_ids,
                "security_group_ids": [self._security_group(network, upstream)],
            },
            # Lambda tries the role when the function is made, and would make a log group of its own.
            depends_on=[role.policy, log_group],
        )
        self.function_arn: str = function.arn
        self._schedule(settings, account_id=account_id, secret_arn=secrets.secret_arn, function=function)

    def _written(self, zipped: package.Package) -> str:
        """Put the package beside the stack's configuration; answers its path from there."""
        app, stack = cast(App, self.node.root), TerraformStack.of(self)
        beside = Path(app.outdir, app.manifest.for_stack(stack).working_directory, "assets")
        return str(PurePosixPath("assets", zipped.write(beside).name))

    def _security_group(self, network: Network, upstream: UpstreamSettings) -> str:
        group = aws.security_group.SecurityGroup(
            self,
            "SecurityGroup",
            name=self.function_name,
            description="Rotation of the Pictory credential: no inbound rule",
            vpc_id=network.vpc_id,
        )
        # Without interface endpoints AWS itself lies that way as well. Names are held by the DNS firewall.
        ports = {upstream.port} if network.endpoint_security_group_id else {upstream.port, _HTTPS}
        for port in sorted(ports):
            aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
                self,
                f"ToInternet{port}",
                security_group_id=group.id,
                description="HTTPS to Pictory",
                cidr_ipv4="0.0.0.0/0",
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
            )
        network.allow_endpoints_from(group.id, "Rotation")
        return str(group.id)

    def _schedule(
        self, settings: CredentialSettings, *, account_id: str, secret_arn: str, function: Any
    ) -> None:
        permission = aws.lambda_permission.LambdaPermission(
            self,
            "Permission",
            statement_id="SecretsManagerRotatesTheOneSecret",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="secretsmanager.amazonaws.com",
            source_account=account_id,
            source_arn=secret_arn,
        )
        aws.secretsmanager_secret_rotation.SecretsmanagerSecretRotation(
            self,
            "Schedule",
            secret_id=secret_arn,
            rotation_lambda_arn=function.arn,
            # At deployment there is nothing to rotate to, and often no value yet.
            rotate_immediately=False,
            rotation_rules={"schedule_expression": settings.schedule, "duration": settings.window},
            depends_on=[permission],
        )


def _environment(
    settings: CredentialSettings, *, secrets: Secrets, upstream: UpstreamSettings
) -> dict[str, str]:
    """What ``runtime.configuration`` reads; nothing secret."""
    return {
        "SECRET_ARN": secrets.secret_arn,
        "STAGING_SECRET_ARN": secrets.staging_secret_arn,
        "CREDENTIAL_MODE": settings.mode,
        "CANDIDATE_MAX_AGE_HOURS": str(settings.candidate_max_age_hours),
        "DEADLINE_DAYS": str(settings.deadline_days),
        "PICTORY_HOST": upstream.host,
        "PICTORY_PORT": str(upstream.port),
        "PICTORY_VERIFY_PATH": VERIFY_PATH,
        "PICTORY_JOBS_PATH": JOBS_PATH,
        "PICTORY_TOKEN_PATH": TOKEN_PATH,
        "PICTORY_USER_AGENT": USER_AGENT,
    }
