"""What the local AWS may be started with: one definition for its command line and for callers in Python."""

import argparse
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How the local AWS runs.

    ``port`` 0 means any free one. ``hosts`` (host name → address) and ``ca_file`` are the network of the
    functions that it runs. ``certificates`` (ARN → domain) exist in ACM from the start. ``event_retry_seconds``
    are the waits between the attempts of an asynchronous invocation, ``rotation_attempts`` the attempts at one
    rotation. ``work_directory`` is a new folder for what functions need, removed at the end.
    It ends after ``lifetime_seconds`` whatever happens.
    """

    port: int = 0
    host: str = "127.0.0.1"
    account: str = "123456789012"
    hosts: Mapping[str, str] = field(default_factory=dict)
    ca_file: Path | None = None
    certificates: Mapping[str, str] = field(default_factory=dict)
    request_log: Path | None = None
    ready_file: Path | None = None
    work_directory: Path | None = None
    rotation_attempts: int = 1
    event_retry_seconds: tuple[float, ...] = (60.0, 120.0)
    lifetime_seconds: float = 4 * 3600.0

    def arguments(self) -> list[str]:
        """The command line that gives these options."""
        out = [
            f"--host={self.host}",
            f"--port={self.port}",
            f"--account={self.account}",
            f"--rotation-attempts={self.rotation_attempts}",
            f"--event-retry-seconds={','.join(str(s) for s in self.event_retry_seconds)}",
            f"--lifetime-seconds={self.lifetime_seconds}",
        ]
        out += [f"--host-map={host}={address}" for host, address in self.hosts.items()]
        out += [f"--certificate={arn}={domain}" for arn, domain in self.certificates.items()]
        files = {
            "ca-file": self.ca_file,
            "request-log": self.request_log,
            "ready-file": self.ready_file,
            "work-directory": self.work_directory,
        }
        return out + [f"--{name}={path.resolve()}" for name, path in files.items() if path]


def parse(argv: Sequence[str]) -> Options:
    """Options from a command line; ends the program with a sentence when one is wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.aws", description="The local AWS of the sandbox."
    )
    parser.add_argument("--host", default=Options.host, help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0: any free one")
    parser.add_argument("--account", default=Options.account, help="account id")
    parser.add_argument("--host-map", type=_pair, action="append", default=[], metavar="HOST=ADDRESS",
                        help="a host name that functions resolve, and its address")  # fmt: skip
    parser.add_argument("--ca-file", type=Path, help="the CA that functions trust")
    parser.add_argument("--certificate", type=_pair, action="append", default=[], metavar="ARN=DOMAIN",
                        help="a certificate that exists in ACM from the start")  # fmt: skip
    parser.add_argument("--request-log", type=Path, help="write one JSON line for each request here")
    parser.add_argument("--ready-file", type=Path, help="write endpoint and process id here when listening")
    parser.add_argument(
        "--work-directory", type=Path, help="a new folder for what functions need, removed at the end"
    )
    parser.add_argument("--rotation-attempts", type=int, default=1, help="attempts at one rotation")
    parser.add_argument("--event-retry-seconds", type=_seconds, default=(60.0, 120.0), metavar="S,S",
                        help="waits between attempts of an asynchronous invocation")  # fmt: skip
    parser.add_argument(
        "--lifetime-seconds", type=float, default=Options.lifetime_seconds, help="ends after this"
    )
    given = parser.parse_args(argv)
    hosts = dict(given.host_map)
    for host, address in hosts.items():
        try:
            ipaddress.ip_address(address)
        except ValueError:
            parser.error(f"--host-map {host}={address}: {address!r} is no IP address")
    if given.work_directory and not is_new(given.work_directory):
        parser.error(
            f"--work-directory {given.work_directory}: not empty, and it is removed at the end: name a new one"
        )
    if given.ca_file and not given.ca_file.is_file():
        parser.error(f"--ca-file {given.ca_file}: no such file")
    return Options(
        port=given.port,
        host=given.host,
        account=given.account,
        hosts={host.lower(): address for host, address in hosts.items()},
        ca_file=given.ca_file.resolve() if given.ca_file else None,
        certificates=dict(given.certificate),
        request_log=given.request_log,
        ready_file=given.ready_file,
        work_directory=given.work_directory,
        rotation_attempts=given.rotation_attempts,
        event_retry_seconds=given.event_retry_seconds,
        lifetime_seconds=given.lifetime_seconds,
    )


def is_new(folder: Path) -> bool:
    """Whether a folder does not exist yet, or is empty: only such a one may be removed later."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.rpartition("=")
    if not key or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return key, value


def _seconds(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(",") if part)
