"""``clients``: who may call, and the credentials that they call with."""

import argparse
import sys
from typing import Any

from botocore.exceptions import ClientError

from pictory_egress.cli import environments
from pictory_egress.cli.aws import Aws
from pictory_egress.cli.errors import CommandError
from pictory_egress.cli.table import table
from pictory_egress.identity import SigningKeyError, issue


def add(commands: Any) -> None:
    """``clients issue`` and ``clients list``, to ``commands``."""
    clients = commands.add_parser("clients", help="who may call, and their credentials")
    actions = clients.add_subparsers(title="actions", metavar="ACTION", required=True)
    issue = actions.add_parser("issue", help="print a credential for a client of the environment's file")
    issue.add_argument("name", metavar="NAME", help="the client's name")
    issue.add_argument(
        "--days", type=int, metavar="N", help="how long it is valid; token_max_days when left out"
    )
    environments.add_option(issue)
    issue.set_defaults(run=_issue)
    listed = actions.add_parser(
        "list", help="the clients of the environment's file and what they are granted"
    )
    environments.add_option(listed)
    listed.set_defaults(run=_list)


def _issue(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    gateway = environment.gateway
    known = [client.name for client in environment.clients]
    if arguments.name not in known:
        raise CommandError(
            f"client {arguments.name!r} is not in environment {environment.name!r}, which knows {', '.join(known)}: "
            "add it as [[client]], and deploy"
        )
    days = gateway.token_max_days if arguments.days is None else arguments.days
    if not 1 <= days <= gateway.token_max_days:
        raise CommandError(
            f"--days {days}: credentials of environment {environment.name!r} are valid for 1 to "
            f"{gateway.token_max_days} days (gateway.token_max_days)"
        )
    alias = f"alias/{environments.prefix(environment)}-signing"
    try:
        token = issue(
            Aws(environment).kms(),
            alias,
            client=arguments.name,
            environment=environment.name,
            audience=gateway.token_audience,
            days=days,
        )
    except SigningKeyError as error:
        raise CommandError(str(error)) from None
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        raise CommandError(
            f"there is no signing key {alias!r} in this region: deploy the environment first"
        ) from None
    # Only the credential goes to standard output, so that it can be piped on.
    print(
        f"Credential of client {arguments.name!r} for https://{gateway.domain}/pictoryapis, valid for {days} days. "
        "It is a secret: hand it over as one.",
        file=sys.stderr,
    )
    print(token)


def _list(arguments: argparse.Namespace) -> None:
    environment = environments.settings(arguments.environment)
    rows = [
        (
            client.name, str(client.rate_per_minute), "yes" if client.dangerous else "",
            " ".join((*client.permissions, *client.operations)),
        )
        for client in environment.clients
    ]  # fmt: skip
    print(table(("CLIENT", "CALLS/MINUTE", "DANGEROUS", "GRANTED"), rows))
