"""What the web ACL may be asked to be."""

from typing import Annotated, Literal

from pydantic import Field

from pictory_egress.types import Cidr, Once, RetentionDays, Settings


class FirewallSettings(Settings):
    """Who may reach the load balancer, and how often.

    ``allowed_cidrs`` are the callers' address ranges; any other source is blocked. Rates are requests in
    five minutes. ``managed_rules`` may be ``count`` only while a rule set is being tried.
    """

    allowed_cidrs: Annotated[tuple[Cidr, ...], Once] = Field(min_length=1)
    rate_per_address: int = Field(default=6_000, ge=10, le=2_000_000_000)
    rate_per_credential: int = Field(default=12_000, ge=10, le=2_000_000_000)
    managed_rules: Literal["block", "count"] = "block"
    log_retention_days: RetentionDays = 365
