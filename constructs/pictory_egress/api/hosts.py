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

SOURCE_SETS: Final[dict[str, tuple[str, ...]]] = {
    "pictory-stock": (
        "tracks.melod.ie",  # music search: audioUrl; a storyboard of version 1: renderParams.audio.src
        "dm0qx8t0i9gc9.cloudfront.net",  # media search: preview.url and thumbnail.url of Storyblocks' media
        "media.gettyimages.com",  # projects' projectPreview, and renderParams.scenes[].background.src[].url
        "brandsettings-prod.pictorycontent.com",  # brand images: a visualUrl in Pictory's sample text_to_video_v2
        "pictory-static.pictorycontent.com",  # voices' sample, avatars' previewImage, Pictory's fonts and demo videos
        "audios-prod.pictorycontent.com",  # generated speech: voiceOverUri in Pictory's sample audiotovideobroll
    ),
}
"""Hosts that Pictory's own answers name and that callers send back as sources, by the name that allows them all.

Each comment says which answer in Pictory's public reference, or which of its sample programs, names the host. Each host
belongs to Pictory or to one of its stock libraries: data in a URL's query reaches nobody else.
"""

TUNNEL_PERMISSION: Final = "assets.connect"
"""Lets a client open tunnels to asset hosts. No operation has it: what goes through a tunnel cannot be seen."""

TOKEN_PATH: Final = "/pictoryapis/v1/oauth2/token"  # noqa: S105 - a path, not a secret
"""Turns OAuth client credentials into an access token. Our own components alone call Pictory's; the gateway answers its
callers itself, or refuses them."""

VERIFY_PATH: Final = "/pictoryapis/v1/quota"
"""A free, read-only call that proves a key."""

JOBS_PATH: Final = "/pictoryapis/v1/jobs"
"""Lists the account's jobs, each of which is read below it: two keys that see the same one are of one account."""
