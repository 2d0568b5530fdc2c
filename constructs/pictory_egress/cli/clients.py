"""``clients``: the credentials that clients call with, given out and taken back."""

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import Any

from pictory_egress import identity
from pictory_egress.cli import environments, signing
from pictory_egress.cli.aws import Aws
from pictory_egress.cli.errors import CommandError
from pictory_egress.cli.table import table
from pictory_egress.gateway.runtime.records import Record
from pictory_egress.gateway.runtime.registry import Snapshot
from pictory_egress.names import registry_table
from pictory_egress.registry import (
    IN_FORCE_SECONDS,
    LIVE_PER_CLIENT,
    Change,
    ClientRegistry,
    RegistryError,
    live,
    revoked,
)
from pictory_egress.settings import EnvironmentSettings


def add(commands: Any) -> None:
    """``clients issue``, ``list``, ``revoke``, ``rotate-key`` and ``retire-key``, to ``commands``."""
    clients = commands.add_parser(
        "clients", help="clients' credentials: issue, list, revoke; the key that signs them"
    )
    actions = clients.add_subparsers(title="actions", metavar="ACTION", required=True)
    issue = actions.add_parser("issue", help="print a credential for a client of the environment's file")
    issue.add_argument("name", metavar="NAME", help="the client's name")
    issue.add_argument(
        "--days", type=int, metavar="N", help="how long it is valid; token_max_days when left out"
    )
    listed = actions.add_parser("list", help="the credentials that were issued, and what became of them")
    revoke = actions.add_parser("revoke", help="take a credential back; every task refuses it within seconds")
    revoke.add_argument("name", metavar="NAME", help="the client's name")
    which = revoke.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "jti", metavar="JTI", nargs="?", help="the credential's id, as `clients list` shows it"
    )
    which.add_argument("--all", action="store_true", help="all credentials of the client")
    for action, run in ((issue, _issue), (listed, _list), (revoke, _revoke)):
        environments.add_option(action)
        action.set_defaults(run=run)
    signing.add(actions)


def _registry(environment: EnvironmentSettings, aws: Aws) -> ClientRegistry:
    return ClientRegistry(aws.dynamodb(), registry_table(environments.prefix(environment)))


def _issue(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    gateway, name = environment.gateway, arguments.name
    known = [client.name for client in environment.clients if not client.issuer]
    if name not in known:
        raise CommandError(
            f"client {name!r} is not in environment {environment.name!r}, which knows {', '.join(known)}: "
            "add it as [[client]], and deploy"
        )
    days = gateway.token_max_days if arguments.days is None else arguments.days
    if not 1 <= days <= gateway.token_max_days:
        raise CommandError(
            f"--days {days}: credentials of environment {environment.name!r} are valid for 1 to "
            f"{gateway.token_max_days} days (gateway.token_max_days)"
        )
    aws = Aws(environment)
    kms, registry = aws.kms(), _registry(environment, aws)
    with signing.told_plainly():
        before = registry.read()
        _refuse_a_third(before, name, environment.name)
        key = signing.current(signing.keys(environment, kms), before)
        issued = identity.issue(
            kms, key.arn, client=name, environment=environment.name, audience=gateway.token_audience, days=days,
            issued_by=aws.caller, now=time.time,
        )  # fmt: skip

        def decide(before: Snapshot) -> Change:
            _refuse_a_third(before, name, environment.name)
            if before.signing not in ("", key.arn):
                raise RegistryError("somebody else has just rotated the signing key: issue again")
            return Change(records=(issued.record,), signing=key.arn, trusted=(*before.trusted, key.arn))

        registry.change(decide)
    # Whoever pipes it on uses it at once: not before every task knows it.
    time.sleep(IN_FORCE_SECONDS)
    # Only the credential goes to standard output.
    print(
        f"Credential {issued.record.jti} of client {name!r} for https://{gateway.domain}/pictoryapis, valid for "
        f"{days} days. It is a secret: hand it over as one.",
        file=sys.stderr,
    )
    print(issued.token)


def _refuse_a_third(snapshot: Snapshot, name: str, environment: str) -> None:
    there = live(snapshot, client=name, now=time.time())
    if len(there) >= LIVE_PER_CLIENT:
        which = " and ".join(
            f"{r.jti} (issued {_day(r.issued_at)}, expires {_day(r.expires_at)})" for r in there
        )
        raise RegistryError(
            f"client {name!r} has {len(there)} live credentials, {which}: revoke the one that it no longer uses, "
            f"`pictory-egress clients revoke {name} JTI --environment {environment}`, then issue again"
        )


def _list(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    aws = Aws(environment)
    with signing.told_plainly():
        snapshot = _registry(environment, aws).read()
        named = {key.kid: key for key in signing.keys(environment, aws.kms())}
    now = time.time()
    rows = [
        (
            record.client, record.jti, _day(record.issued_at), _day(record.expires_at), _state(record, now),
            signing.label(named.get(record.kid), snapshot),
        )
        for record in sorted(snapshot.records, key=lambda r: (r.client, r.issued_at, r.jti))
    ]  # fmt: skip
    print(table(("CLIENT", "JTI", "ISSUED", "EXPIRES", "STATE", "KEY"), rows) if rows else "none was issued")


def _revoke(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    aws, name = Aws(environment), arguments.name
    taken: list[Record] = []

    def decide(before: Snapshot) -> Change:
        own = [record for record in before.records if record.client == name]
        chosen = [record for record in own if arguments.all or record.jti == arguments.jti]
        if not chosen:
            known = ", ".join(record.jti for record in own) or "none"
            raise RegistryError(
                f"client {name!r} has no credential {arguments.jti or ''}".rstrip()
                + f" in environment {environment.name!r}; it was issued: {known}"
            )
        # What has expired stays as it was; what was revoked keeps its first time.
        taken[:] = [record for record in chosen if record.live(time.time())]
        return Change(
            records=revoked(taken, by=aws.caller, now=time.time()),
            signing=before.signing,
            trusted=before.trusted,
        )

    with signing.told_plainly():
        _registry(environment, aws).change(decide)
    if not taken:
        print("nothing to revoke: neither revoked nor expired is none of them")
    for record in taken:
        print(
            f"revoked: {record.client} {record.jti}; every task refuses it within {IN_FORCE_SECONDS:.0f} seconds"
        )


def _state(record: Record, now: float) -> str:
    return "revoked" if record.revoked_at is not None else "live" if record.live(now) else "expired"


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
