"""Where the parts of a sandbox listen. All of it is loopback."""

from typing import Final

DNS_ADDRESS: Final = "127.77.0.2"
DNS_PORT: Final = 5300
PICTORY_ADDRESS: Final = "127.77.0.10"
PICTORY_PORT: Final = 8443
FRONT_ADDRESS: Final = "127.0.0.1"
