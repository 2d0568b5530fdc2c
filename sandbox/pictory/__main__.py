"""``python -m sandbox.pictory``: the stand-in as a process that ends with the one that started it."""

import argparse
import asyncio
import ssl
import sys
from pathlib import Path

from sandbox.certificates import Leaf
from sandbox.pictory.server import PictoryServer
from sandbox.pictory.world import Behaviour
from sandbox.service import say_ready, until_stopped


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns 1 when it could not begin, with the reason on standard error."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except (OSError, ssl.SSLError) as error:
        print(f"sandbox.pictory: {options.address}:{options.port}: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(options: argparse.Namespace) -> None:
    tls = Leaf(certificate=options.tls_cert, key=options.tls_key).server_context()
    server = PictoryServer(
        address=options.address,
        port=options.port,
        admin_port=options.admin_port,
        tls=tls,
        behaviour=Behaviour(job_seconds=options.job_seconds, token_seconds=options.token_seconds),
    )
    try:
        await server.start()
        say_ready(
            options.ready_file,
            {"address": server.address, "port": server.port, "admin_url": server.admin_url},
        )
        await until_stopped()
    finally:
        await server.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox.pictory", description=__doc__)
    parser.add_argument("--address", default="127.77.0.10", help="loopback address of both sides")
    parser.add_argument("--port", type=int, default=8443, help="port of the API, 0 for a free one")
    parser.add_argument("--admin-port", type=int, default=0, help="port of the admin side, 0 for a free one")
    parser.add_argument(
        "--tls-cert", type=Path, required=True, help="certificate chain for api.pictory.ai, PEM"
    )
    parser.add_argument("--tls-key", type=Path, required=True, help="its private key, PEM")
    parser.add_argument(
        "--ready-file", type=Path, required=True, help="written, as JSON, once both sides listen"
    )
    parser.add_argument(
        "--job-seconds", type=float, default=Behaviour.job_seconds, help="how long a job takes"
    )
    parser.add_argument(
        "--token-seconds", type=float, default=Behaviour.token_seconds, help="life of OAuth tokens"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
