"""What the watching may be asked to be."""

from typing import Annotated

from pydantic import Field, StringConstraints

from pictory_egress.types import HttpsUrl, Once, RoleArn, Settings

Email = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$", max_length=254)
]


class MonitoringSettings(Settings):
    """Who is told, and from when.

    ``latency_seconds`` is the 95th percentile that alarms; ``error_percent`` and ``refused_percent`` are
    shares of calls; ``tunnel_upload_gib_per_hour`` is what all clients together may send to asset hosts.
    ``secret_readers`` are role ARNs, besides our own, that may read the key without an
    alarm.
    ``runbook_url`` is where the runbooks are published; each alarm links to its own part of it.
    """

    emails: Annotated[tuple[Email, ...], Once] = ()
    runbook_url: HttpsUrl
    latency_seconds: float = Field(default=30.0, gt=0, le=300)
    error_percent: float = Field(default=5.0, gt=0, le=100)
    refused_percent: float = Field(default=20.0, gt=0, le=100)
    tunnel_upload_gib_per_hour: int = Field(default=10, ge=1, le=100_000)
    secret_readers: Annotated[tuple[RoleArn, ...], Once] = ()
