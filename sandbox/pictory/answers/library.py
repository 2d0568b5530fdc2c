"""Media, music, voices and branding: what there is to choose from."""

import secrets
import urllib.parse
from typing import Final

from pictory_egress.api.hosts import UPLOAD_HOST
from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler
from sandbox.pictory.values import JsonObject, JsonValue, job_id

_READ_HOST: Final = "dg516uv4r33q1.cloudfront.net"
_STATIC: Final = "https://pictory-static.pictorycontent.com"
_STORYBLOCKS: Final = "https://dm0qx8t0i9gc9.cloudfront.net"
_GETTY: Final = "https://media.gettyimages.com"
_MUSIC: Final = "https://tracks.melod.ie"
_MOODS: Final = ("Calm / Serene", "Epic", "Hopeful / Optimistic", "Playful / Whimsical")
_GENRES: Final = ("Ambient", "Downtempo", "Indie Rock", "Techno")
_GENRE_GROUPS: Final = ("Classical", "Electronic", "Rock")
_INSTRUMENTS: Final = ("Cello", "Drum Kit", "Guitar - Acoustic", "Piano")
_PURPOSES: Final = ("Corporate / Business", "Educational", "Technology", "Trailer / Promo")
_SERVICES: Final = ("aws", "google", "elevenlabs")
_VOICES: Final[tuple[JsonObject, ...]] = tuple(
    {
        "accent": accent, "category": "standard", "engine": engine, "gender": "female", "id": id_, "language": language,
        "name": name, "sample": f"{_STATIC}/samples/{name}.mp3", "service": service, "ssmlSupportCategory": "B",
        "voice": name,
    }
    for id_, name, language, accent, service, engine in (
        (1001, "Joanna", "en-US", "American accent", "aws", "neural"),
        (1034, "Fiona", "en-GB", "British accent", "google", "WaveNet"),
    )
)  # fmt: skip


def upload_url(call: Call) -> JsonValue:
    """A place to upload to, for a day, and where the upload is read afterwards."""
    fields = Fields(call.body)
    file_name, content_type = fields.text("fileName", most=255), fields.text("contentType", most=127)
    fields.check()
    key = f"public/teams/{call.account}/{job_id()}/{urllib.parse.quote(file_name)}"
    query = urllib.parse.urlencode(
        {
            "Content-Type": content_type, "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Expires": "86400",
            "X-Amz-Security-Token": secrets.token_urlsafe(24), "X-Amz-Signature": secrets.token_hex(32),
        }
    )  # fmt: skip
    signed = f"https://{UPLOAD_HOST}/{key}?{query}"
    return {"success": True, "data": {"signedUrl": signed, "url": f"https://{_READ_HOST}/{key}", "key": key}}


def media_search(call: Call) -> JsonValue:
    """Stock media for the word asked for, of both libraries."""
    keyword = call.query.get("keyword")
    if not keyword:
        raise errors.invalid_request("keyword is required")
    name = urllib.parse.quote(keyword)
    found = (
        ("story_blocks", f"{_STORYBLOCKS}/watermarks/video/{name}"),
        ("getty", f"{_GETTY}/id/2/video/{name}"),
    )
    results: list[JsonValue] = [
        {
            "assetId": number, "id": number, "keyword": keyword, "mediaDescription": keyword, "mediaType": "video",
            "duration": 15, "searchLibrary": library,
            "preview": {"jpg": f"{url}_P480.jpg", "url": f"{url}_P480.mp4"},
            "thumbnail": {"jpg": f"{url}_P180.jpg", "url": f"{url}_P180.mp4"},
        }
        for number, (library, url) in enumerate(found, start=1)
    ]  # fmt: skip
    return {"data": {"page": 1, "searchResults": results}}


def music_search(call: Call) -> JsonValue:
    """Tracks; the filters given narrow them."""
    fields = Fields(call.body)
    query = fields.text("query", most=200, required=False).lower()
    fields.check()
    tracks: list[JsonObject] = [
        {
            "id": 165 + index, "title": f"{mood} {genre}",
            "audioUrl": f"{_MUSIC}/track_versions/{165 + index}_stream.mp3?1736295063",
            "duration": 120 + index, "genres": [genre], "instruments": [instrument], "moods": [mood],
            "purposes": [purpose],
        }
        for index, (mood, genre, instrument, purpose) in enumerate(
            zip(_MOODS, _GENRES, _INSTRUMENTS, _PURPOSES, strict=True)
        )
    ]  # fmt: skip
    return {"items": [track for track in tracks if query in str(track["title"]).lower()], "page": 1}


def list_voices(call: Call) -> JsonValue:
    """The common voices, and those that the account added."""
    return [*_VOICES, *call.world.voices.of(call.account)]


def create_voice(call: Call) -> JsonValue:
    """Add a voice of another service."""
    fields = Fields(call.body)
    texts = {name: fields.text(name, most=200) for name in ("name", "engine", "language", "voiceId")}
    service = fields.one_of("service", _SERVICES, default="google")
    fields.check()
    number = 20_000 + len(call.world.voices.of(call.account))
    voice: JsonObject = {
        "accent": call.body.get("accent"), "category": "standard", "engine": texts["engine"],
        "gender": call.body.get("gender"), "id": number, "language": texts["language"], "name": texts["name"],
        "sample": call.body.get("sample"), "service": service, "ssmlSupportCategory": "C",
    }  # fmt: skip
    call.world.voices.put(call.account, f"{call.account}/{number}", voice)
    return voice


def _names(names: tuple[str, ...]) -> Handler:
    return lambda _: list(names)


def _layouts(_: Call) -> JsonValue:
    names = ("Modern minimalist", "Kinetic", "Chic")
    return {"items": [{"templateId": f"layout-{n}", "templateName": n, "schemaVersion": "v3"} for n in names]}


def _avatars(_: Call) -> JsonValue:
    look = f"{_STATIC}/avatars/preview/avatar-1/Annie_public"
    return {
        "items": [
            {
                "id": "avatar-1", "name": "Annie", "gender": "Female",
                "looks": [
                    {
                        "id": "Annie_public", "name": "Annie in Tan Jacket",
                        "previewImage": f"{look}/previewImage.webp",
                        "previewVideo": f"{look}/previewVideo_blurred.webm",
                    }
                ],
            }
        ],
        "nextPageKey": None,
    }  # fmt: skip


def _named(kind: str, *names: str) -> Handler:
    return lambda _: [{"id": f"{kind}-{index}", "name": name} for index, name in enumerate(names, start=1)]


HANDLERS: Final[dict[str, Handler]] = {
    "media.upload-url": upload_url,
    "media.search": media_search,
    "music.search": music_search,
    "music.moods": _names(_MOODS),
    "music.genres": _names(_GENRES),
    "music.genre-groups": _names(_GENRE_GROUPS),
    "music.instruments": _names(_INSTRUMENTS),
    "music.purposes": _names(_PURPOSES),
    "voices.list": list_voices,
    "voices.create": create_voice,
    "branding.brands": _named("brand", "Default Brand"),
    "branding.styles": _named("style", "Standard", "Bold"),
    "branding.layouts": _layouts,
    "branding.avatars": _avatars,
}
