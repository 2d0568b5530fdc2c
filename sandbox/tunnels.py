"""``python -m sandbox.tunnels``: the deployed network load balancer, as a process that ends with its parent.

It ends TLS and begins another one to the next target, as its listener and target group say; it checks no health.
"""

import argparse
import asyncio
import contextlib
import itertools
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from sandbox.front.deployed import TLS_1_3_ONLY
from sandbox.service import say_ready, until_stopped

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

_PIECE_BYTES = 65_536


def listener_port(elbv2: "ElasticLoadBalancingv2Client", target_group_arn: str) -> int:
    """The port of the one listener that forwards to a target group, both of TLS.

    Raises
    ------
    ValueError
        It is deployed in a way that is not served here.
    """
    (group,) = elbv2.describe_target_groups(TargetGroupArns=[target_group_arn])["TargetGroups"]
    if group["Protocol"] != "TLS":
        raise ValueError(
            f"target group {target_group_arn} is of {group['Protocol']}: only TLS is served here"
        )
    found = [
        listener
        for balancer in group["LoadBalancerArns"]
        for listener in elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    ]
    if len(found) != 1:
        raise ValueError(
            f"target group {target_group_arn} has {len(found)} listeners: exactly one can be served"
        )
    (listener,) = found
    if listener["Protocol"] != "TLS" or not listener["SslPolicy"].startswith(TLS_1_3_ONLY):
        raise ValueError(f"listener {listener['ListenerArn']} is not of TLS 1.3 alone, which is served here")
    return listener["Port"]


async def _serve(options: argparse.Namespace) -> None:
    client = boto3.client("elbv2", endpoint_url=options.endpoint_url, region_name=options.region)
    deployed_port = listener_port(client, options.target_group)
    lines = options.targets_file.read_text(encoding="utf-8").split()
    targets = itertools.cycle([(line.rpartition(":")[0], int(line.rpartition(":")[2])) for line in lines])
    inside = ssl.create_default_context()
    # A load balancer does not verify its targets.
    inside.check_hostname, inside.verify_mode = False, ssl.CERT_NONE
    outside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    outside.minimum_version = ssl.TLSVersion.TLSv1_3
    outside.load_cert_chain(options.tls_cert, options.tls_key)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = next(targets)
        try:
            to_target = await asyncio.open_connection(host, port, ssl=inside)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, to_target[1]), _pass_on(to_target[0], writer))

    server = await asyncio.start_server(connected, options.address, options.port, ssl=outside)
    async with server:
        port = server.sockets[0].getsockname()[1]
        say_ready(options.ready_file, {"port": port, "deployed_port": deployed_port})
        await until_stopped()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Whoever ends first ends both: TLS has no half of a connection.
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop. Returns 1 when it could not begin, with the reason on standard error."""
    parser = argparse.ArgumentParser(prog="sandbox.tunnels", description=__doc__)
    parser.add_argument("--target-group", required=True, help="ARN of the deployed target group")
    parser.add_argument("--endpoint-url", help="endpoint of the local AWS")
    parser.add_argument("--region", required=True, help="region of the deployment")
    parser.add_argument("--targets-file", type=Path, required=True, help="one address:port a line")
    parser.add_argument("--address", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on, 0 for a free one")
    parser.add_argument("--tls-cert", type=Path, required=True, help="certificate chain to show, PEM")
    parser.add_argument("--tls-key", type=Path, required=True, help="its private key, PEM")
    parser.add_argument("--ready-file", type=Path, required=True, help="written, as JSON, once it listens")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except (OSError, ValueError) as error:
        print(f"sandbox.tunnels: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
