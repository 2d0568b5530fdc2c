"""``python -m sandbox.front``: the front as a process that ends with the one that started it.

Targets are the lines (``address:port``) of ``--targets-file``, which is read again on SIGHUP.
"""

import argparse
import asyncio
import signal
import ssl
import sys
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.certificates import Leaf
from sandbox.front import Clients, DeploymentError, Front, Target
from sandbox.front.waf import UnsupportedError
from sandbox.service import say_ready, until_stopped

_SWITCH_SECONDS: Final = 0.0005


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns 1 when it could not begin, with the reason on standard error."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except (
        OSError,
        ssl.SSLError,
        ValueError,
        DeploymentError,
        UnsupportedError,
        ClientError,
        BotoCoreError,
    ) as error:
        print(f"sandbox.front: {options.load_balancer}: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve(options: argparse.Namespace) -> None:
    # The threads that write log and metrics must not hold requests up for Python's 5 ms at a time.
    sys.setswitchinterval(_SWITCH_SECONDS)
    front = Front(
        Clients.at(options.endpoint_url, region=options.region),
        load_balancer=options.load_balancer,
        leaf=Leaf(certificate=options.tls_cert, key=options.tls_key),
        address=options.address,
        port=options.port,
    )
    try:
        await front.start()
        targets = Targets(front, options.targets_file)
        await targets.read()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, targets.read_soon)
        say_ready(options.ready_file, {"address": front.address, "port": front.port})
        await until_stopped()
    finally:
        await front.stop()


class Targets:
    """Keeps a front's targets as a file lists them."""

    def __init__(self, front: Front, path: Path) -> None:
        self._front, self._path = front, path
        self._reading: set[asyncio.Task[None]] = set()

    async def read(self) -> None:
        """Take the file's targets; those that left are drained meanwhile."""
        lines = self._path.read_text(encoding="utf-8").split()
        wanted = [Target.parse(line) for line in lines]
        self._keep(self._front.set_targets(wanted))

    def read_soon(self) -> None:
        """As :meth:`read`, from a signal; a file that cannot be used changes nothing."""
        self._keep(self._read_again())

    async def _read_again(self) -> None:
        try:
            await self.read()
        except (OSError, ValueError) as error:
            print(f"sandbox.front: {self._path}: {error}", file=sys.stderr)

    def _keep(self, work: "asyncio.Future[None] | object") -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[arg-type]
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox.front", description=__doc__)
    parser.add_argument("--load-balancer", required=True, help="name or ARN of the deployed load balancer")
    parser.add_argument("--endpoint-url", help="endpoint of the local AWS")
    parser.add_argument("--region", required=True, help="region of the deployment")
    parser.add_argument(
        "--targets-file", type=Path, required=True, help="one address:port a line; read on SIGHUP"
    )
    parser.add_argument("--address", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on, 0 for a free one")
    parser.add_argument("--tls-cert", type=Path, required=True, help="certificate chain to show, PEM")
    parser.add_argument("--tls-key", type=Path, required=True, help="its private key, PEM")
    parser.add_argument("--ready-file", type=Path, required=True, help="written, as JSON, once it listens")
    return parser


if __name__ == "__main__":
    sys.exit(main())
