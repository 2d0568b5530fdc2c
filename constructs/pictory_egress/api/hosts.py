"""The hosts of Pictory: what they serve, and whether anything may reach them."""

from typing import Final

API_HOST: Final = "api.pictory.ai"
UPLOAD_HOST: Final = "pictory-api-prod.s3.us-east-2.amazonaws.com"
ASSET_HOSTS: Final = (
    UPLOAD_HOST,
    "dg516uv4r33q1.cloudfront.net",  # uploads, read back
    "d3uryq9bhgb5qr.cloudfront.net",  # results
    "video.pictory.ai",  # results, share pages
)
FORBIDDEN_HOSTS: Final = ("dev-api.pictorycontent.com", "dev-api.pictory.ai")
"""Pictory's own development hosts: no setting can allow them."""

TUNNEL_PERMISSION: Final = "assets.connect"
"""Lets a client open tunnels to asset hosts. No operation has it: what goes through a tunnel cannot be seen."""

TOKEN_PATH: Final = "/pictoryapis/v1/oauth2/token"  # noqa: S105 - a path, not a secret
"""Turns OAuth client credentials into an access token; only our own components call it."""

VERIFY_PATH: Final = "/pictoryapis/v1/quota"
"""A free, read-only call that proves a key."""

JOBS_PATH: Final = "/pictoryapis/v1/jobs"
"""Lists the account's jobs, each of which is read below it: two keys that see the same one are of one account."""

SOURCE_SETS: Final[dict[str, tuple[str, ...]]] = {
    "pictory-stock": ("tracks.melod.ie",),
}
