"""The settings of one environment, whole: the parts' own settings, and what holds between them."""

import contextlib
import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from pictory_egress.api import Catalog, Operation
from pictory_egress.api.hosts import TUNNEL_PERMISSION
from pictory_egress.credentials.settings import CredentialSettings
from pictory_egress.firewall.settings import FirewallSettings
from pictory_egress.gateway.settings import Client, GatewaySettings
from pictory_egress.monitoring.settings import MonitoringSettings
from pictory_egress.network.settings import NetworkSettings
from pictory_egress.types import KmsKeyArn, Settings, arn_account, arn_region

Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
# Load balancers' names end at 32 characters, of which 'pictory-egress-' takes 15.
EnvironmentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,15}[a-z0-9]$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


# Domains that are nobody's (RFC 2606), at the end of an address.
_EXAMPLE = re.compile(r"[@.](example\.(com|net|org)|example|invalid|test)(:\d+)?$", re.IGNORECASE)


_WIDEST = {4: 8, 6: 16}
"""Shortest prefix of a range of callers, by version of IP."""


class AwsSettings(Settings):
    """Where the environment lives. ``local`` is set for the local AWS only (paths in place of bucket hosts)."""

    region: Region
    account_id: AccountId
    local: bool = False

    @property
    def is_example(self) -> bool:
        """Whether the account is one of the shipped files and of AWS's documentation, which nobody has."""
        return self.account_id == "123456789012" or len(set(self.account_id)) == 1


class LocalState(Settings):
    """Terraform's state in a file beside the synthesized stack: for the sandbox only."""

    kind: Literal["local"]


class S3State(Settings):
    """Terraform's state in an encrypted bucket, with a lock file beside it."""

    kind: Literal["s3"]
    bucket: Annotated[
        str,
        StringConstraints(
            pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
            min_length=3,
            max_length=63,
        ),
    ]
    region: Region
    kms_key_arn: KmsKeyArn

    @model_validator(mode="after")
    def _key_is_near(self) -> "S3State":
        if arn_region(self.kms_key_arn) != self.region:
            raise ValueError(
                f"kms_key_arn {self.kms_key_arn!r} is of another region than the bucket's {self.region!r}: name a "
                f"key there"
            )
        return self


class EnvironmentSettings(Settings):
    """Everything that tells one environment from another."""

    name: EnvironmentName
    protected: bool = True
    aws: AwsSettings
    state: Annotated[LocalState | S3State, Field(discriminator="kind")]
    network: NetworkSettings
    firewall: FirewallSettings
    gateway: GatewaySettings
    credentials: CredentialSettings = CredentialSettings()
    monitoring: MonitoringSettings
    clients: tuple[Client, ...] = Field(alias="client", min_length=1)
    operations: tuple[Operation, ...] = Field(alias="operation", default=())

    @property
    def catalog(self) -> Catalog:
        """The operations that this environment knows."""
        return Catalog.with_additions(self.operations)

    @model_validator(mode="after")
    def _parts_fit(self) -> "EnvironmentSettings":
        if problems := self.misfits():
            raise ValueError("\n".join(problems))
        return self

    def misfits(self) -> list[str]:
        """What does not fit between the parts: field, value and remedy, a line each.

        Where a part could not be read and is not there, what needs it is left out.
        """
        problems: list[str] = []
        checks = (
            self._names, self._issuers, self._grants, self._certificates, self._domains, self._zones, self._open_ranges,
            self._sandbox_only, self._placeholders,
        )  # fmt: skip
        for check in checks:
            with contextlib.suppress(AttributeError):
                # One at a time: what was found before a part is missed counts.
                for problem in check():
                    problems.append(problem)
        return problems

    def _names(self) -> list[str]:
        counts = Counter(client.name for client in self.clients)
        subjects = Counter(
            (client.issuer, client.subject or client.name) for client in self.clients if client.issuer
        )
        return [
            *(
                f"client: name {n!r} is given {c} times: a name is one client's"
                for n, c in counts.items()
                if c > 1
            ),
            *(
                f"client: {c} clients of issuer {issuer!r} have subject {subject!r}: name each caller once"
                for (issuer, subject), c in subjects.items()
                if c > 1
            ),
        ]

    def _issuers(self) -> Iterator[str]:
        issuers = self.gateway.issuers
        for field in ("name", "issuer"):
            counts = Counter(getattr(issuer, field) for issuer in issuers)
            for index, issuer in enumerate(issuers):
                value = getattr(issuer, field)
                if counts[value] > 1:
                    counts[value] = 0
                    yield f"gateway.issuers.{index}.{field}: {value!r} is given more than once: name each issuer once"
        for index, client in enumerate(self.clients):
            if client.subject and not client.issuer:
                yield (
                    f"client.{index} ({client.name}).subject: {client.subject!r} is no name of the built-in issuer's: "
                    f"leave it out, or name the issuer that calls the client so"
                )

    def _grants(self) -> list[str]:
        try:
            catalog = self.catalog
        except ValueError as error:
            return [f"operation: {error}"]
        known = {operation.id: operation for operation in catalog.operations}
        safe, problems = set(catalog.default_permissions), []
        permissions = [*catalog.permissions]
        if self.gateway.connect:
            permissions.append(TUNNEL_PERMISSION)
            safe.add(TUNNEL_PERMISSION)
        issuers = {"", *(issuer.name for issuer in self.gateway.issuers)}
        for index, client in enumerate(self.clients):
            where = f"client.{index} ({client.name})"
            if client.issuer not in issuers:
                problems.append(
                    f"{where}.issuer: {client.issuer!r} is no issuer: add it as [[gateway.issuers]], or leave it out "
                    f"for the built-in one"
                )
            for name in client.permissions:
                if name == TUNNEL_PERMISSION and not self.gateway.connect:
                    problems.append(
                        f"{where}.permissions: {name!r} without a proxy: add [gateway.connect], or leave it out"
                    )
                elif name not in permissions:
                    problems.append(
                        f"{where}.permissions: {name!r} is no permission: choose of {', '.join(permissions)}"
                    )
                elif name not in safe and not client.dangerous:
                    problems.append(
                        f"{where}.permissions: {name!r} is dangerous ({_dangers(catalog.granted([name]))}): leave it "
                        f"out, or set dangerous = true"
                    )
            for id_ in client.operations:
                if id_ not in known:
                    problems.append(
                        f"{where}.operations: {id_!r} is no operation: see `pictory-egress operations`, "
                        f"or add it as [[operation]]"
                    )
                elif known[id_].danger and not client.dangerous:
                    problems.append(
                        f"{where}.operations: {id_!r} is dangerous ({known[id_].danger}): leave it out, or set "
                        f"dangerous = true"
                    )
        return problems

    def _certificates(self) -> Iterator[str]:
        yield from self._certificate("gateway.certificate_arn", self.gateway.certificate_arn)
        connect = self.gateway.connect
        if connect and connect.certificate_arn:
            yield from self._certificate("gateway.connect.certificate_arn", connect.certificate_arn)

    def _domains(self) -> Iterator[str]:
        connect = self.gateway.connect
        if connect and connect.domain == self.gateway.domain:
            yield (
                f"gateway.connect.domain: {connect.domain!r} is the API's: the proxy has a load balancer, and so a "
                f"name, of its own"
            )

    def _zones(self) -> Iterator[str]:
        for index, subnet in enumerate(self.network.subnets):
            if subnet.zone[:-1] != self.aws.region:
                yield (
                    f"network.subnets.{index}.zone: {subnet.zone!r} is not in region {self.aws.region!r}: "
                    f"use a zone such as {self.aws.region + 'a'!r}"
                )

    def _open_ranges(self) -> Iterator[str]:
        for part in ("gateway", "firewall"):
            for index, cidr in enumerate(getattr(self, part).allowed_cidrs):
                network = ipaddress.ip_network(cidr)
                if network.prefixlen == 0:
                    yield f"{part}.allowed_cidrs.{index}: {cidr!r} is everybody: name the ranges of your callers"
                elif network.prefixlen < _WIDEST[network.version]:
                    # Two halves are everybody too.
                    yield (
                        f"{part}.allowed_cidrs.{index}: {cidr!r} is wider than anybody's own range: name those of your "
                        f"callers, /{_WIDEST[network.version]} at the widest"
                    )

    def _certificate(self, field: str, arn: str) -> list[str]:
        problems = []
        if arn_region(arn) != self.aws.region:
            problems.append(
                f"{field}: {arn!r} is of region {arn_region(arn)!r}, the environment of "
                f"{self.aws.region!r}: a load balancer takes a certificate of its own region"
            )
        if arn_account(arn) != self.aws.account_id:
            problems.append(
                f"{field}: {arn!r} is of account {arn_account(arn)!r}, the environment of "
                f"{self.aws.account_id!r}: import or request the certificate there"
            )
        return problems

    def _sandbox_only(self) -> list[str]:
        if self.aws.local:
            return []
        upstream, problems = self.gateway.upstream, []
        if self.state.kind == "local":
            problems.append("state.kind: 'local' would keep the state on one machine: use 's3'")
        if upstream.allowed_private_ranges:
            problems.append("gateway.upstream.allowed_private_ranges: only for the local AWS: remove it")
        if upstream.resolver:
            problems.append("gateway.upstream.resolver: only for the local AWS: remove it")
        return problems

    def _placeholders(self) -> Iterator[str]:
        """What the shipped files hold in place of your own; it may stand where the account is an example too."""
        if self.aws.local or self.aws.is_example:
            return
        for field in ("envoy_image", "sidecar_image"):
            name, _, digest = getattr(self.gateway, field).partition("@sha256:")
            if not digest.strip("0"):
                yield (
                    f"gateway.{field}: '{name}@sha256:000…' has a digest of zeros, which stands for yours: push the "
                    f"image to your registry, and write the digest that it answers (docs/deploy.md)"
                )
        for index, email in enumerate(self.monitoring.emails):
            if _EXAMPLE.search(email):
                yield f"monitoring.emails.{index}: {email!r} is an example, which nobody reads: write who is to be told"
        if _EXAMPLE.search("@" + self.monitoring.runbook_url.removeprefix("https://").partition("/")[0]):
            yield (
                f"monitoring.runbook_url: {self.monitoring.runbook_url!r} is an example: write where your copy of "
                f"docs/runbooks.md stands"
            )


def _dangers(operations: Iterable[Operation]) -> str:
    """Each dangerous one of ``operations`` with the reason."""
    return ", ".join(f"{operation.id}: {operation.danger}" for operation in operations if operation.danger)
