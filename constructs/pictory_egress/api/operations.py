"""The published operations of the Pictory API. An environment's file can add more (``[[operation]]``)."""

from typing import Final

from pictory_egress.api.operation import ANY_QUERY, JSON, Operation
from pictory_egress.api.spoken_fields import SPOKEN_FIELDS

_KIB: Final = 1024

# Body fields through which an allowed call could pull from, or push to, a place of the caller's choice. Names are
# compared without case, "_" and "-": "articleUrl" stands for "article_url" too, and "videoUrl" for "videoURL".
DESTINATION_FIELDS: Final = ("webhook", "destinations")
SOURCE_FIELDS: Final = (
    # Storyboards and renders of version 2, transcription, AI studio; "url" is a logo's, an element's or a font's.
    "visualUrl", "blogUrl", "pptUrl", "audioUrl", "videoUrl", "fileUrl", "voiceUrl", "musicUrl", "fontUrl", "url",
    "referenceImageUrl", "referenceImageUrls", "firstFrameImageUrl", "extendVideoUrl",
    # Storyboards of version 1.
    "backgroundUri", "articleUrl", "voiceOverUri", "backGroundMusicUri", "introUri",
    # The render of version 1, whose body a storyboard's answer gives.
    "src",
    # A voice's sample, and scenes of templates and projects.
    "sample", "image", "preview_jpg", "thumb",
    # An update of a project sends the whole project back, the URLs of its last render included.
    "thumbnail", "shareVideoUrl", "srtFile", "vttFile", "txtFile",
)  # fmt: skip
CONNECTION_FIELDS: Final = ("awsConnectionId", "vimeoConnectionId", "connectionId")
OUTBOUND_FIELDS: Final = DESTINATION_FIELDS + SOURCE_FIELDS


def _read(id_: str, path: str, permission: str, *, query: tuple[str, ...] = ()) -> Operation:
    return Operation(id=id_, method="GET", path=path, permission=permission, query=query, retry_safe=True)


def _write(
    id_: str,
    method: str,
    path: str,
    permission: str,
    *,
    body_kib: int = 256,
    seconds: int = 120,
    aliases: tuple[str, ...] = (),
    content_type: str = JSON,
    root: str = "object",
    destructive: bool = False,
    connects: bool = False,
    outbound: tuple[str, ...] = OUTBOUND_FIELDS,
) -> Operation:
    return Operation.model_validate(
        {
            "id": id_, "method": method, "path": path, "aliases": aliases, "permission": permission,
            "max_body_bytes": body_kib * _KIB, "content_type": content_type, "body_root": root,
            "timeout_seconds": seconds, "destructive": destructive, "connects": connects,
            "outbound_url_fields": outbound,
            "spoken_fields": tuple(SPOKEN_FIELDS) if content_type == JSON else (),
        }
    )  # fmt: skip


def _delete(id_: str, path: str, permission: str) -> Operation:
    return Operation(id=id_, method="DELETE", path=path, permission=permission, destructive=True)


OPERATIONS: Final[tuple[Operation, ...]] = (
    # Storyboards: 15,000 characters of story, and scenes with settings of their own.
    _write("storyboards.create", "POST", "/v2/video/storyboard", "storyboards.write", body_kib=1024),
    _write("storyboards.render", "POST", "/v2/video/storyboard/render", "videos.render", body_kib=1024),
    _write(
        "storyboards.update", "PUT", "/v2/video/storyboard/{jobId}/elements", "storyboards.write",
        body_kib=1024, root="array",
    ),
    _write("storyboards.create-v1", "POST", "/v1/video/storyboard", "storyboards.write", body_kib=1024),
    _read("storyboards.fonts", "/v1/video/storyboard/fonts", "branding.read"),
    # Renders
    _write("videos.render", "POST", "/v2/video/render", "videos.render", body_kib=1024),
    _write("videos.render-storyboard", "PUT", "/v2/video/render/{storyboardJobId}", "videos.render", body_kib=1024),
    _write("videos.render-v1", "POST", "/v1/video/render", "videos.render", body_kib=1024),
    _write("videos.render-job-v1", "PUT", "/v1/video/render/{jobId}", "videos.render", body_kib=1024),
    _write("videos.from-template", "POST", "/v1/video/from-template", "videos.render", body_kib=1024),
    # Jobs
    _read("jobs.list", "/v1/jobs", "jobs.list", query=("nextPageKey",)),
    _read("jobs.get", "/v1/jobs/{jobId}", "jobs.read"),
    _delete("jobs.clean", "/v1/jobs/{jobId}/clean", "jobs.delete"),
    # Projects. The list takes "pagekey", and a folder whose parameter's name no public page shows: a name that is
    # guessed wrong would refuse calls that Pictory answers, and whatever a read's query says reaches Pictory only.
    _read("projects.list", "/v2/projects", "projects.read", query=ANY_QUERY),
    _read("projects.get", "/v2/projects/{projectId}", "projects.read"),
    # Destructive: it replaces the whole project, what the body omits is lost, and no earlier version is kept.
    _write(
        "projects.update", "PUT", "/v2/projects/{projectId}", "projects.write", body_kib=1024, destructive=True
    ),
    _write("projects.render", "POST", "/v2/projects/{projectId}/render", "videos.render"),
    _delete("projects.delete", "/v2/projects/{projectId}", "projects.delete"),
    # Transcription
    _write("transcriptions.create", "POST", "/v2/transcription", "transcriptions.write"),
    _write("transcriptions.highlights", "POST", "/v2/transcription/highlights", "transcriptions.write"),
    _write(
        "transcriptions.highlights-job", "POST", "/v2/transcription/{jobId}/highlights", "transcriptions.write",
        body_kib=16,
    ),
    _write("transcriptions.create-v1", "POST", "/v1/transcription", "transcriptions.write"),
    _write("transcriptions.highlights-v1", "POST", "/v1/transcription/highlights", "transcriptions.write"),
    # Templates
    _read("templates.list", "/v1/templates", "templates.read"),
    _read("templates.get", "/v1/templates/{templateId}", "templates.read"),
    # A project file of Pictory's own format. No inspector can read it, so that it has a permission of its own.
    _write(
        "templates.create", "POST", "/v1/templates", "templates.upload",
        body_kib=4096, content_type="application/octet-stream", outbound=(),
    ),
    _write("templates.update", "PUT", "/v1/templates/{templateId}", "templates.write", body_kib=1024),
    _delete("templates.delete", "/v1/templates/{templateId}", "templates.delete"),
    # Media
    _write(
        "media.upload-url", "POST", "/v1/media/generateurl", "media.upload",
        body_kib=16, seconds=30, aliases=("/v1/media/generateUrl",),
    ),
    # "keyword", "category" and "language" are published; the public page shows a part of the list.
    _read("media.search", "/v1/media/search", "media.search", query=ANY_QUERY),
    # Music and voices
    _write("music.search", "POST", "/v1/music/search", "music.search", body_kib=16, seconds=30),
    _read("music.moods", "/v1/music/moods", "music.search"),
    _read("music.genres", "/v1/music/genres", "music.search"),
    _read("music.genre-groups", "/v1/music/genres/groups", "music.search"),
    _read("music.instruments", "/v1/music/instruments", "music.search"),
    _read("music.purposes", "/v1/music/purposes", "music.search"),
    _read("voices.list", "/v1/voiceovers/tracks", "voices.read"),
    _write("voices.create", "POST", "/v1/voiceovers/tracks", "voices.write"),
    # Branding
    _read("branding.brands", "/v1/brands/video", "branding.read"),
    _read("branding.styles", "/v1/styles", "branding.read"),
    _read("branding.layouts", "/v1/smartlayouts", "branding.read"),
    _read("branding.avatars", "/v1/avatars", "branding.read", query=("nextPageKey",)),
    # AI studio: to generate costs credits by the image or second, to list costs nothing.
    _read("aistudio.list-images", "/v1/aistudio/images", "aistudio.read", query=("nextPageKey",)),
    _read("aistudio.list-videos", "/v1/aistudio/videos", "aistudio.read", query=("nextPageKey",)),
    _write("aistudio.images", "POST", "/v1/aistudio/images", "aistudio.generate", body_kib=64),
    _write("aistudio.videos", "POST", "/v1/aistudio/videos", "aistudio.generate", body_kib=64),
    # Account
    _read("account.quota", "/v1/quota", "account.read"),
    _read("account.credits", "/v1/aicredits/usage", "account.read", query=("year", "month")),
    # Connections: standing access to somebody's bucket or channel.
    _read("aws-connections.list", "/v1/awsconnections", "connections.read"),
    _read("aws-connections.get", "/v1/awsconnections/{connectionId}", "connections.read"),
    _write(
        "aws-connections.create", "POST", "/v1/awsconnections", "connections.write", body_kib=16, connects=True
    ),
    _write(
        "aws-connections.update", "PUT", "/v1/awsconnections/{connectionId}", "connections.write",
        body_kib=16, connects=True,
    ),
    _delete("aws-connections.delete", "/v1/awsconnections/{connectionId}", "connections.delete"),
    _read("vimeo-connections.list", "/v1/vimeo-connections", "connections.read", query=("nextPageKey",)),
    _read("vimeo-connections.get", "/v1/vimeo-connections/{connectionId}", "connections.read"),
    _write(
        "vimeo-connections.create", "POST", "/v1/vimeo-connections", "connections.write",
        body_kib=16, connects=True,
    ),
    _write(
        "vimeo-connections.update", "PUT", "/v1/vimeo-connections/{connectionId}", "connections.write",
        body_kib=16, connects=True,
    ),
    _delete("vimeo-connections.delete", "/v1/vimeo-connections/{connectionId}", "connections.delete"),
)  # fmt: skip
