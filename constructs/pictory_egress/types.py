"""Typed values that settings share: each says, when refused, what would be right."""

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

_IMAGE: Final = re.compile(r"[a-z0-9][a-z0-9./_:-]*@sha256:[0-9a-f]{64}")
_ARN: Final = re.compile(r"arn:(aws|aws-cn|aws-us-gov):([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)")
_URL: Final = re.compile(r"https://([^/:]+)(?::(\d{1,5}))?(?:/[A-Za-z0-9._~/+=@,:-]*)?")
_RETENTIONS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
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


def _once(values: tuple[str, ...]) -> tuple[str, ...]:
    if twice := [value for value in values if values.count(value) > 1]:
        raise ValueError(f"{twice[0]!r} is given twice: name each once")
    return values


def _url(value: str) -> str:
    match = _URL.fullmatch(value)
    port = int(match[2]) if match and match[2] else 443
    if not match or not _HOST.fullmatch(match[1]) or not 1 <= port <= 65_535 or len(value) > 512:
        raise ValueError(
            "not an address of HTTPS: write 'https://host.example.com/path', with a host's name in lower case, and "
            "without user, query or fragment"
        )
    return value


def _retention(value: int) -> int:
    if value not in _RETENTIONS:
        raise ValueError(
            f"CloudWatch keeps logs for no such time: write one of {', '.join(map(str, _RETENTIONS))}"
        )
    return value


def _arn_of(service: str, resource: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = _arn(value).split(":", 5)
        if parts[2] != service or not parts[5].startswith(f"{resource}/"):
            raise ValueError(
                f"not the ARN of a {resource} of {service}: write 'arn:aws:{service}:…:{resource}/…'"
            )
        return value

    return AfterValidator(check)


Cidr = Annotated[str, AfterValidator(_cidr)]
"""An IPv4 or IPv6 range without host bits."""
Image = Annotated[str, AfterValidator(_image)]
"""A container image pinned by digest."""
Host = Annotated[str, AfterValidator(_host)]
"""A lower-case DNS name of two labels or more."""
Arn = Annotated[str, AfterValidator(_arn)]
"""An Amazon resource name."""
Once: Final = AfterValidator(_once)
"""Of a list in which nothing may stand twice: AWS refuses some of these, at the end of a deployment."""
CertificateArn = Annotated[str, _arn_of("acm", "certificate")]
"""A certificate of AWS Certificate Manager."""
KmsKeyArn = Annotated[str, _arn_of("kms", "key")]
"""A key of AWS KMS, not an alias."""
RoleArn = Annotated[str, _arn_of("iam", "role")]
"""A role of IAM."""
HttpsUrl = Annotated[str, AfterValidator(_url)]
"""An address of HTTPS: a host's name, perhaps a port, and a plain path."""
RetentionDays = Annotated[int, AfterValidator(_retention)]
"""For how many days CloudWatch keeps logs: it offers these only."""
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$")]
"""Lower-case words joined by hyphens, 2 to 40 characters."""


def arn_region(arn: str) -> str:
    """The region that an ARN names; empty for a global resource."""
    return arn.split(":")[3]


def arn_account(arn: str) -> str:
    """The account that an ARN names; empty where the service leaves it out."""
    return arn.split(":")[4]
