"""``keys repair``: everything that ``keys status`` can find wrong, mended in the order in which it can be."""

import argparse
from datetime import UTC, datetime

from pictory_egress.cli.errors import Finding
from pictory_egress.cli.operated import Operated
from pictory_egress.cli.secret import Described
from pictory_egress.cli.trouble import UNDER_WAY


def run(arguments: argparse.Namespace) -> None:
    """Restore secrets, make their KMS key usable, take a stuck AWSPENDING off; says each thing that it did."""
    operated = Operated(arguments.environment)
    done = [*_secrets(operated)]
    key = operated.key.describe()
    done += _kms_key(operated, key.key_id)
    done += _open_rotation(operated, key, at_once=arguments.now)
    print("nothing to mend" if not done else "mended")
    if not key.schedule.enabled:
        raise Finding(
            "the secret has no rotation, which only a deployment sets up: deploy the environment again"
        )
    print(f"next: {operated.command('status')}")


def _secrets(operated: Operated) -> list[str]:
    done = []
    for secret in (operated.key, operated.staging):
        if secret.describe().deleted is not None:
            secret.restore()
            done.append(_say(f"restored secret {secret.name!r}"))
    return done


def _kms_key(operated: Operated, key_id: str | None) -> list[str]:
    if key_id is None:
        return []
    kms, done = operated.aws.kms(), []
    state = kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]
    if state == "PendingDeletion":
        kms.cancel_key_deletion(KeyId=key_id)
        done.append(_say(f"cancelled the deletion of KMS key {key_id}"))
    if state in ("PendingDeletion", "Disabled"):
        kms.enable_key(KeyId=key_id)
        done.append(_say(f"enabled KMS key {key_id}"))
    return done


def _open_rotation(operated: Operated, key: Described, *, at_once: bool) -> list[str]:
    version = key.open_version
    if version is None:
        return []
    if not at_once and datetime.now(UTC) - version.created <= UNDER_WAY:
        _say(f"the rotation to version {version.id} may be under way, and is left alone; --now ends it")
        return []
    operated.function.ask("repair")
    return [_say(f"took AWSPENDING off version {version.id}; a staged key is still staged")]


def _say(line: str) -> str:
    print(line, flush=True)
    return line
