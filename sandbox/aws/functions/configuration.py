"""What moto forgets of a function's configuration: dead-letter queue, logging, and what else is set later."""

from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction
from moto.ec2.models import ec2_backends

from sandbox.aws.patching import replace

KEPT = ("DeadLetterConfig", "LoggingConfig", "FileSystemConfigs", "SnapStart")
RESERVED_VARIABLES = frozenset({
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
})  # fmt: skip


def install() -> None:
    """Teach moto's functions to keep and to give back their whole configuration."""

    @replace(LambdaFunction)
    def __init__(  # noqa: N807
        self: Any, account_id: str, spec: dict[str, Any], *args: Any, original: Any, **kwargs: Any
    ) -> None:
        _check_variables(spec)
        self.kept = {key: spec[key] for key in KEPT if spec.get(key)}
        original(self, account_id, spec, *args, **kwargs)

    @replace(LambdaFunction)
    def update_configuration(self: Any, updates: dict[str, Any], *, original: Any) -> dict[str, Any]:
        _check_variables(updates)
        original(self, {key: value for key, value in updates.items() if key != "Environment"})
        if "Environment" in updates:
            self.environment_vars = (updates["Environment"] or {}).get("Variables") or {}
        self.kept |= {key: updates[key] for key in KEPT if key in updates}
        for key, attribute in (("KMSKeyArn", "kms_key_arn"), ("TracingConfig", "tracing_config")):
            if updates.get(key) is not None:
                setattr(self, attribute, updates[key])
        if updates.get("EphemeralStorage"):
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        configuration: dict[str, Any] = self.get_configuration()
        return configuration

    @replace(LambdaFunction)
    def get_configuration(self: Any, *args: Any, original: Any, **kwargs: Any) -> dict[str, Any]:
        configuration: dict[str, Any] = original(self, *args, **kwargs)
        configuration["LoggingConfig"] = logging_of(self)
        target = self.kept.get("DeadLetterConfig", {}).get("TargetArn")
        if target:
            configuration["DeadLetterConfig"] = {"TargetArn": target}
        if self.kept.get("FileSystemConfigs"):
            configuration["FileSystemConfigs"] = self.kept["FileSystemConfigs"]
        network = configuration.get("VpcConfig")
        if network and network.get("SubnetIds"):
            subnets = ec2_backends[self.account_id][self.region].describe_subnets(network["SubnetIds"][:1])
            network["VpcId"] = subnets[0].vpc_id
        return configuration


def logging_of(function: Any) -> dict[str, Any]:
    """A function's LoggingConfig with Lambda's defaults filled in."""
    given = function.kept.get("LoggingConfig", {})
    out = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **given}
    if out["LogFormat"] == "JSON":
        out = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **out}
    return out


def _check_variables(spec: dict[str, Any]) -> None:
    used = RESERVED_VARIABLES & set((spec.get("Environment") or {}).get("Variables") or {})
    if used:
        raise LambdaClientError(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you "
            "have provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(sorted(used))}",
        )
