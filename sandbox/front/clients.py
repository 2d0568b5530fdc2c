"""Clients of the AWS that the deployment is read from and reported to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_elbv2.client import ElasticLoadBalancingv2Client
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_wafv2.client import WAFV2Client

# Bounded: a local AWS that hangs must be an error, not a wait.
_CONFIG = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2, "mode": "standard"})


@dataclass(frozen=True, kw_only=True)
class Clients:
    """One client for each service that the front speaks with."""

    elbv2: "ElasticLoadBalancingv2Client"
    wafv2: "WAFV2Client"
    logs: "CloudWatchLogsClient"
    cloudwatch: "CloudWatchClient"

    @classmethod
    def at(cls, endpoint_url: str | None, *, region: str) -> "Clients":
        """Clients of the AWS at ``endpoint_url`` (AWS's own when None), with the environment's credentials."""
        session = boto3.Session(region_name=region)
        return cls(
            elbv2=session.client("elbv2", endpoint_url=endpoint_url, config=_CONFIG),
            wafv2=session.client("wafv2", endpoint_url=endpoint_url, config=_CONFIG),
            logs=session.client("logs", endpoint_url=endpoint_url, config=_CONFIG),
            cloudwatch=session.client("cloudwatch", endpoint_url=endpoint_url, config=_CONFIG),
        )
