"""One request body as documentation shows it, and the hosts that such bodies name."""

from dataclasses import dataclass, field
from typing import Any, Final

MEDIA: Final = "media.example.org"
HOOKS: Final = "hooks.example.org"
PICTORY_READ: Final = "https://d3uryq9bhgb5qr.cloudfront.net/results/0001"
UPLOADED: Final = "https://dg516uv4r33q1.cloudfront.net/uploads/0001"
STOCK_VIDEO: Final = "dm0qx8t0i9gc9.cloudfront.net"
STOCK_MUSIC: Final = "tracks.melod.ie"
BRAND: Final = "brandsettings-prod.pictorycontent.com"
JOB: Final = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"


@dataclass(frozen=True)
class Documented:
    """``operation`` is an id of the catalog; ``hosts`` are named by URLs of ``body``."""

    name: str
    operation: str
    body: Any
    hosts: frozenset[str] = field(default_factory=frozenset)
