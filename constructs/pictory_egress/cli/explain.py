"""``explain``: what the gateway of an environment lets whom do, in words."""

import argparse
from typing import Any

from pictory_egress.cli import environments


def add(commands: Any) -> None:
    """``explain gateway``, to ``commands``."""
    explain = commands.add_parser("explain", help="what an environment's gateway does, in words")
    parts = explain.add_subparsers(title="parts", metavar="PART", required=True)
    gateway = parts.add_parser("gateway", help="routes, refusals and grants")
    gateway.add_argument("environment", metavar="FILE|ENV", help="the environment's file or name")
    gateway.set_defaults(run=_gateway)


def _gateway(arguments: argparse.Namespace) -> None:
    from pictory_egress.gateway.explain import explain

    print(explain(environments.settings(arguments.environment)))
