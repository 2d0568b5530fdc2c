"""``explain``: what the gateway of an environment lets whom do, in words."""

import argparse
import json
from typing import Any

from pictory_egress.cli import environments


def add(commands: Any) -> None:
    """``explain gateway``, to ``commands``."""
    explain = commands.add_parser("explain", help="what an environment's gateway does, in words")
    parts = explain.add_subparsers(title="parts", metavar="PART", required=True)
    gateway = parts.add_parser("gateway", help="routes, refusals and grants")
    gateway.add_argument("environment", metavar="FILE|ENV", help="the environment's file or name")
    gateway.add_argument(
        "--json",
        action="store_true",
        help="Envoy's configuration instead, as it lies packed in the task definition",
    )
    gateway.set_defaults(run=_gateway)


def _gateway(arguments: argparse.Namespace) -> None:
    from pictory_egress.gateway.explain import configuration, explain

    settings = environments.settings(arguments.environment)
    print(
        json.dumps(configuration(settings), indent=2, sort_keys=True) if arguments.json else explain(settings)
    )
