"""``clients rotate-key`` and ``retire-key``: the key that signs credentials, replaced without a refused call."""

import argparse
import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from pictory_egress import identity
from pictory_egress.cli import environments
from pictory_egress.cli.aws import Aws
from pictory_egress.cli.errors import CommandError
from pictory_egress.gateway.runtime.registry import Snapshot
from pictory_egress.names import registry_table, signing_alias
from pictory_egress.registry import Change, ClientRegistry, RegistryError, live
from pictory_egress.settings import EnvironmentSettings

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

TRUST_SECONDS: Final = 15.0
"""After which every Envoy has a newly trusted key: 2 s to the sidecar, 5 s on to Envoy, and as much again."""


@dataclass(frozen=True)
class SigningKey:
    """A key by its name in the environment's file."""

    name: str
    arn: str
    kid: str


def add(actions: Any) -> None:
    """Both commands, to the ``actions`` of ``clients``."""
    rotate = actions.add_parser(
        "rotate-key", help="sign new credentials with the next key; the old ones stay good"
    )
    retire = actions.add_parser(
        "retire-key", help="trust a key no more, once no live credential depends on it"
    )
    retire.add_argument("key", metavar="KEY", help="its name in gateway.signing_keys")
    for action, run in ((rotate, _rotate), (retire, _retire)):
        environments.add_option(action)
        action.set_defaults(run=run)


@contextlib.contextmanager
def told_plainly() -> Iterator[None]:
    """Turns what the registry and the keys refuse into the command's own error."""
    try:
        yield
    except (RegistryError, identity.SigningKeyError) as error:
        raise CommandError(str(error)) from None


def keys(environment: EnvironmentSettings, kms: "KMSClient") -> tuple[SigningKey, ...]:
    """The keys that the environment's file names, in its order.

    Raises
    ------
    CommandError
        One is not deployed, or is of another kind.
    """
    found = []
    for name in environment.gateway.signing_keys:
        alias = signing_alias(environments.prefix(environment), name)
        try:
            with told_plainly():
                kid = identity.public_jwk(kms, alias)["kid"]
            found.append(SigningKey(name, kms.describe_key(KeyId=alias)["KeyMetadata"]["Arn"], kid))
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            raise CommandError(
                f"there is no signing key {alias!r} in this region: deploy the environment first"
            ) from None
    return tuple(found)


def current(known: Sequence[SigningKey], snapshot: Snapshot) -> SigningKey:
    """The key that signs: what the registry says; before its first credential, the first of the file.

    Raises
    ------
    RegistryError
        The registry's key is not in the file.
    """
    if not snapshot.signing:
        return known[0]
    for key in known:
        if key.arn == snapshot.signing:
            return key
    raise RegistryError(
        f"credentials are signed with {snapshot.signing}, which gateway.signing_keys does not name "
        f"({', '.join(key.name for key in known)}): put its name back, and deploy"
    )


def label(key: SigningKey | None, snapshot: Snapshot) -> str:
    """A key as `clients list` shows it: its name, and whether it still signs."""
    if key is None:
        return "(not in the file)"
    return key.name if key.arn == snapshot.signing else f"{key.name} (old)"


def _open(
    arguments: argparse.Namespace,
) -> tuple[EnvironmentSettings, tuple[SigningKey, ...], ClientRegistry]:
    environment = environments.settings(arguments.environment)
    aws = Aws(environment)
    table = registry_table(environments.prefix(environment))
    return environment, keys(environment, aws.kms()), ClientRegistry(aws.dynamodb(), table)


def _rotate(arguments: argparse.Namespace) -> None:
    environment, known, registry = _open(arguments)
    if len(known) == 1:
        raise CommandError(
            f"environment {environment.name!r} has one signing key, {known[0].name!r}: add the next one's name to "
            f"gateway.signing_keys, deploy, and do this again"
        )

    def the_other(snapshot: Snapshot) -> SigningKey:
        return known[1] if current(known, snapshot) == known[0] else known[0]

    def trust(before: Snapshot) -> Change:
        signing = current(known, before)
        return Change(signing=signing.arn, trusted=(*before.trusted, signing.arn, the_other(before).arn))

    def sign(before: Snapshot) -> Change:
        if before.signing != old.arn:
            raise RegistryError(f"somebody else has moved signing to {before.signing}: nothing was changed")
        if new.arn not in before.trusted:
            raise RegistryError(
                f"somebody else has retired key {new.name!r}: nothing was changed, do this again"
            )
        return Change(signing=new.arn, trusted=before.trusted)

    with told_plainly():
        before = registry.change(trust)
        old, new = current(known, before), the_other(before)
        print(f"key {new.name!r} is trusted beside {old.name!r}; waiting until every task has it", flush=True)
        time.sleep(TRUST_SECONDS)
        after = registry.change(sign)
    hanging = live(after, kid=old.kid, now=time.time())
    print(f"key {new.name!r} signs new credentials")
    print(
        f"{len(hanging)} live credential(s) hang on key {old.name!r}: issue new ones, revoke these, then "
        f"`pictory-egress clients retire-key {old.name} --environment {environment.name}`"
    )


def _retire(arguments: argparse.Namespace) -> None:
    environment, known, registry = _open(arguments)
    by_name = {key.name: key for key in known}
    if arguments.key not in by_name:
        raise CommandError(f"there is no key {arguments.key!r} in gateway.signing_keys: {', '.join(by_name)}")
    key = by_name[arguments.key]

    def decide(before: Snapshot) -> Change:
        if current(known, before) == key:
            raise RegistryError(
                f"key {key.name!r} signs new credentials: `pictory-egress clients rotate-key` first"
            )
        if hanging := live(before, kid=key.kid, now=time.time()):
            which = ", ".join(f"{record.client} {record.jti}" for record in hanging)
            raise RegistryError(
                f"{len(hanging)} live credential(s) hang on key {key.name!r}: {which}. Issue new ones, let the clients "
                f"change over, and revoke these"
            )
        if key.arn not in before.trusted:
            raise RegistryError(f"key {key.name!r} is not trusted: there is nothing to retire")
        return Change(signing=before.signing, trusted=tuple(arn for arn in before.trusted if arn != key.arn))

    with told_plainly():
        registry.change(decide)
    print(
        f"key {key.name!r} is trusted no more: take it out of gateway.signing_keys and deploy, which schedules its "
        f"deletion; environment {environment.name!r} then signs with what is left"
    )
