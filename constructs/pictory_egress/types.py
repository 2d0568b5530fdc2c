"""Typed values that settings share: each says, when refused, what would be right."""

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

_IMAGE: Final = re.compile(r"[a-z0-9][a-z0-9./_:-]*@sha256:[0-9a-f]{64}")
_ARN: Final = re.compile(r"arn:(aws|aws-cn|aws-us-gov):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)")
_HOST: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class Settings(BaseModel):
    """Base of all settings: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)


def _cidr(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=True)
    except ValueError as error:
        raise ValueError(f"{error}: write an address range such as '10.20.0.0/16'") from None
    return str(network)


def _image(value: str) -> str:
    if not _IMAGE.fullmatch(value):
        raise ValueError(
            "an image needs its digest: write 'registry/name@sha256:<64 hex digits>', since a tag can be moved"
        )
    return value


def _host(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError("not a host name: write it in lower case, without scheme, port or path")
    return value


def _arn(value: str) -> str:
    if not _ARN.fullmatch(value):
        raise ValueError("not an ARN: write 'arn:aws:service:region:account:resource'")
    return value


Cidr = Annotated[str, AfterValidator(_cidr)]
"""An IPv4 or IPv6 range without host bits."""
Image = Annotated[str, AfterValidator(_image)]
"""A container image pinned by digest."""
Host = Annotated[str, AfterValidator(_host)]
"""A lower-case DNS name of two labels or more."""
Arn = Annotated[str, AfterValidator(_arn)]
"""An Amazon resource name."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
"""Lower-case words joined by hyphens, 2 to 40 characters."""


def arn_region(arn: str) -> str:
    """The region that an ARN names; empty for a global resource."""
    return arn.split(":")[3]


def arn_account(arn: str) -> str:
    """The account that an ARN names; empty where the service leaves it out."""
    return arn.split(":")[4]
