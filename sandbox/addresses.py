"""Where the parts of a sandbox listen. All of it is loopback."""

import socket
from collections.abc import Iterable
from typing import Final

from sandbox.workspace import SandboxError

DNS_ADDRESS: Final = "127.77.0.2"
DNS_PORT: Final = 5300
PICTORY_ADDRESS: Final = "127.77.0.10"
PICTORY_PORT: Final = 8443
FRONT_ADDRESS: Final = "127.0.0.1"


def check_free(addresses: Iterable[tuple[str, int]]) -> None:
    """See that nobody listens at ``addresses``, before anything is started.

    Raises
    ------
    SandboxError
        Somebody does, or this machine has no such loopback address.
    """
    for address, port in addresses:
        with socket.socket() as probe:
            # As the servers do: a connection that has just ended does not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                raise SandboxError(
                    f"{address}:{port} cannot be used ({error.strerror}): "
                    f"end the program that listens there, or another checkout's sandbox, and try again"
                ) from None
