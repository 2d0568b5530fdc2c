"""Request bodies in the shapes that Pictory's public reference, samples and skill show, with texts of our own.

Each says which hosts its URLs name, Pictory's own asset hosts aside. Hosts that a text speaks of are not among them.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.gateway.documented import (
    BRAND,
    HOOKS,
    JOB,
    MEDIA,
    PICTORY_READ,
    STOCK_MUSIC,
    STOCK_VIDEO,
    UPLOADED,
    Documented,
)
from tests.gateway.documented_texts import SPOKEN, SSML
from tests.gateway.documented_version_1 import version_1


def bodies() -> Iterator[Documented]:
    """All of them; each has a name of its own."""
    yield from _speaking()
    yield from _storyboards()
    yield from version_1()
    yield from _others()


def _speaking() -> Iterator[Documented]:
    for number, text in enumerate((*SPOKEN, *SSML)):
        hosts = frozenset({MEDIA} if MEDIA in text else ())
        scene: dict[str, Any] = {"story": text, "createSceneOnNewLine": False}
        if text in SSML:
            scene["isSSMLStory"] = True
        yield Documented(
            f"story {number}", "storyboards.create", {"videoName": "test", "scenes": [scene]}, hosts
        )
        shown = {
            "type": "text",
            "text": text,
            "textVariant": "heading",
            "style": font(),
            "top": "12%",
            "left": "8%",
        }
        yield Documented(
            f"caption and element {number}",
            "storyboards.render",
            {"videoName": text[:80], "scenes": [{"story": "Hello.", "caption": text, "elements": [shown]}]},
            hosts,
        )
        yield Documented(
            f"text of version 1 {number}",
            "storyboards.create-v1",
            {
                "videoName": "test",
                "videoDescription": text,
                "language": "en",
                "scenes": [{"text": text, "voiceOver": True}],
            },
            hosts,
        )
        element = {
            "id": f"SceneText_{number}",
            "elementType": "SceneText",
            "type": "text",
            "startTime": 0,
            "text": text,
        }
        yield Documented(f"changed element {number}", "storyboards.update", [element], hosts)


def font(**more: Any) -> dict[str, Any]:
    return {
        "fontFamily": "Open Sans", "fontSize": 48, "color": "rgba(255, 255, 255, 1)", "backgroundColor": "#000000cc",
        "keywordColor": "rgb(255,200,40)", "shadowColor": "rgb(0,0,0)", "shadowWidth": "2%", "position": "bottom-center",
        "alignment": "left", "decorations": ["bold", "italics"], "case": "uppercase", "paragraphWidth": "80%",
        "showBoxBackground": True, "showBullet": False, "animations": [{"name": "text reveal", "type": "entry", "speed": "medium"}],
        **more,
    }  # fmt: skip


def _storyboards() -> Iterator[Documented]:
    number = count()

    def both(body: dict[str, Any], *hosts: str) -> Iterator[Documented]:
        for operation in ("storyboards.create", "storyboards.render"):
            yield Documented(
                f"storyboard {next(number)}", operation, {"videoName": "test", **body}, frozenset(hosts)
            )

    def scene(**fields: Any) -> dict[str, Any]:
        return {"scenes": [{"story": "A door that knows who knocks.", **fields}]}

    yield from both(
        scene(
            background={
                "visualUrl": f"https://{MEDIA}/clip.mp4",
                "type": "video",
                "clips": [{"start": 3, "end": 9}],
            }
        ),
        MEDIA,
    )
    yield from both(scene(background={"visualUrl": f"{UPLOADED}/picture.png?v=1", "type": "image"}))
    yield from both(
        scene(
            background={"visualUrl": f"https://{STOCK_VIDEO}/watermarks/video/A1_P480.mp4?type=preview&t=1"}
        ),
        STOCK_VIDEO,
    )
    yield from both(
        scene(background={"visualUrl": f"https://{BRAND}/teams/0001/brand/logo%20wide.png"}), BRAND
    )
    yield from both(
        scene(
            background={"color": "rgb(15, 23, 42)", "colorOverlay": {"color": "rgb(0,0,0)", "opacity": 0.45}}
        )
    )
    yield from both(
        scene(
            background={
                "type": "video",
                "searchFilter": {
                    "query": "aerial coastline, waves", "keywords": ["ocean", "Node.js", "Booking.com"],
                    "category": "Nature/Landscapes", "libraries": ["story_blocks", "getty"],
                },
            }
        )
    )  # fmt: skip
    yield from both(
        scene(
            background={
                "type": "video",
                "aiVisual": {
                    "prompt": "cinematic drone shot of a coastline at golden hour, 4:5", "model": "veo3.1", "videoDuration": "8s",
                    "visualContinuity": True, "firstFrameImageUrl": f"https://{MEDIA}/first.png",
                },
            }
        ),
        MEDIA,
    )  # fmt: skip
    yield from both(
        scene(
            background={
                "type": "image",
                "aiVisual": {"prompt": "a lighthouse", "model": "seedream3.0", "mediaStyle": "photorealistic", "referenceImageUrl": f"https://{MEDIA}/r.png"},
                "settings": {"loop": True, "mute": True, "zoomAndPan": True, "videoKenBurns": {"start": {"zoom": 1.0, "centerX": 0.5}}},
            }
        ),
        MEDIA,
    )  # fmt: skip
    yield from both(
        scene(
            background={
                "type": "video",
                "aiVisual": {"prompt": "two friends", "model": "veo3.1", "referenceImageUrls": [f"https://{MEDIA}/1.png", f"{UPLOADED}/2.png"]},
                "motionGraphics": {"enabled": True, "prompt": "bars that grow", "style": "minimalist"},
            },
            backgroundBrolls=[{"visualUrl": f"https://{MEDIA}/b.mp4", "type": "video", "brollClip": {"start": 0, "end": 2}}],
            backgroundCorpus=[{"visualUrl": f"{UPLOADED}/c.png", "type": "image", "prefer": True}],
        ),
        MEDIA,
    )  # fmt: skip
    yield from both(
        {
            "webhook": f"https://{HOOKS}/pictory?job=1&token=abc%2Fdef", "webhookInput": {"order": "4711", "step": 2, "tags": ["a", "b"]},
            **scene(),
        },
        HOOKS,
    )  # fmt: skip
    yield from both(
        {
            "videoWidth": 1080, "videoHeight": 1920, "aspectRatio": "9:16", "language": "en", "saveProject": True,
            "brandName": "Example Inc.", "smartLayoutName": "Modern minimalist", "projectMetadata": {"campaign": "autumn/26"},
            "visualSelectionPreference": "prefer-user-library", "storyboardVersion": "v3", **scene(sceneTransition="fade"),
        }
    )  # fmt: skip
    yield from both(
        {
            "voiceOver": {
                "enabled": True,
                "aiVoices": [
                    {
                        "speaker": "Adison", "speed": 100, "amplificationLevel": 0,
                        "premiumVoiceSettings": {"modelId": "eleven_multilingual_v2", "stability": "60%", "style": "20%"},
                    }
                ],
            },
            "backgroundMusic": {"enabled": True, "autoMusic": True, "volume": 0.12, "clips": [{"start": 0, "end": 30}]},
            **scene(voiceOver={"enabled": True, "aiVoices": [{"speaker": "en-US-JennyNeural"}]}, backgroundMusic={"enabled": False}),
        }
    )  # fmt: skip
    yield from both(
        {
            "voiceOver": {"enabled": True, "externalVoice": {"voiceUrl": f"{UPLOADED}/voice.mp3", "syncVoice": True}},
            "backgroundMusic": {"enabled": True, "musicUrl": f"https://{STOCK_MUSIC}/track_versions/165/a_stream.mp3?1725242063", "volume": 0.1},
            **scene(hideSubtitles=True, minimumDuration=5, endPauseDuration=0.5, highlightKeywords=True, maxSubtitleLines=2),
        },
        STOCK_MUSIC,
    )  # fmt: skip
    yield from both(
        {
            "logo": {"url": f"https://{MEDIA}/logo.png", "position": "top-right", "width": "10%"},
            "avatar": {"avatarId": "anna_01", "position": "bottom-right", "width": "25%", "borderRadius": "50%", "hide": False},
            "subtitleStyle": font(fontUrl=f"https://{MEDIA}/fonts/Own-Bold.ttf", fontFamily="Own"), **scene(subtitleStyle=font()),
        },
        MEDIA,
    )  # fmt: skip
    yield from both(
        scene(
            elements=[
                {"type": "shape", "name": "rectangle", "fill": "rgba(255, 200, 40, 1)", "stroke": "#fff", "top": "70%", "width": "24%"},
                {"type": "image", "searchFilter": {"query": "smiling scientist"}, "position": "center-right", "width": "38%"},
                {"type": "image", "visualUrl": f"{PICTORY_READ}/a.png", "colorOverlay": {"color": "rgb(10,10,40)", "opacity": 0.3}},
                {"type": "video", "visualUrl": f"https://{MEDIA}/b.webm", "settings": {"loop": True, "mute": True}},
                {"type": "text", "text": "EXAMPLE.ORG", "textVariant": "body", "style": font()},
            ]
        ),
        MEDIA,
    )  # fmt: skip
    for source, address in (
        ("blogUrl", f"https://{MEDIA}/blog/2026/a-post.html?utm_source=x#intro"), ("pptUrl", f"{UPLOADED}/deck.pptx"),
        ("audioUrl", f"https://{MEDIA}/talk.mp3"), ("videoUrl", f"https://{MEDIA}/talk.mp4"),
    ):  # fmt: skip
        more = {"audioLanguage": "en-US"} if source in ("audioUrl", "videoUrl") else {}
        yield from both({"scenes": [{source: address, **more}]}, *([MEDIA] if MEDIA in address else []))
    yield from both(
        {
            "scenes": [
                {
                    "audioUrl": f"{UPLOADED}/a.mp3", "audioLanguage": "de-DE", "mediaRepurposeSettings": {"maxDuration": 60},
                    "transcript": [{"uid": JOB, "speakerId": 1, "words": [{"uid": JOB, "word": "example.org", "start_time": 0.1}]}],
                }
            ]
        }
    )  # fmt: skip
    yield from both(
        {
            "scenes": [
                {
                    "storyCoPilot": {
                        "prompt": "30-second video about oceans",
                        "videoType": "Explainer",
                        "duration": 30,
                        "platform": "YouTube",
                        "tone": "informative",
                    }
                }
            ]
        }
    )
    yield from both(
        {
            "templateId": "20260101000000abcdef",
            "variables": {"NAME": "Jane", "PRICE": "9.99", "PICTURE": f"https://{MEDIA}/p.png"},
        },
        MEDIA,
    )
    yield from both({"destinations": [{"type": "https", "url": f"https://{HOOKS}/put"}], **scene()}, HOOKS)
    yield from both(
        {
            "scenes": [
                {"story": f"Scene {n}.", "background": {"visualUrl": f"{UPLOADED}/{n}.mp4"}}
                for n in range(400)
            ]
        }
    )


def _others() -> Iterator[Documented]:
    transcript = [
        {
            "uid": JOB,
            "speakerId": 1,
            "words": [{"uid": JOB, "word": "Visit"}, {"uid": JOB, "word": "www.example.org."}],
        }
    ]
    for operation in ("transcriptions.create", "transcriptions.create-v1"):
        for url, hosts in ((f"{UPLOADED}/talk.mp4", ()), (f"https://{MEDIA}/talk.mp4", (MEDIA,))):
            yield Documented(
                f"{operation} {url}",
                operation,
                {"fileUrl": url, "mediaType": "video", "language": "en-US", "webhook": f"https://{HOOKS}/t"},
                frozenset({HOOKS, *hosts}),
            )
    for operation in ("transcriptions.highlights", "transcriptions.highlights-v1"):
        yield Documented(
            operation,
            operation,
            {"transcript": transcript, "highlight_length": 60, "webhook": f"https://{HOOKS}/h"},
            frozenset({HOOKS}),
        )
    yield Documented("highlights of a job", "transcriptions.highlights-job", {"highlight_length": 30})
    yield Documented("template update", "templates.update", {
        "name": "My template", "language": "en", "published": True,
        "scenes": [{"uid": JOB, "image": f"https://{MEDIA}/scene.png", "subtitles": [{"text": "More at example.org/x"}]}],
        "variables": {"NAME": {"type": "text", "defaultValue": "Jane"}},
    }, frozenset({MEDIA}))  # fmt: skip
    for name, type_ in (
        ("intro.mp4", "video/mp4"),
        ("clip.mov", "video/quicktime"),
        ("my.photo.zip", "application/zip"),
        ("deck.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ):
        yield Documented(f"upload of {name}", "media.upload-url", {"fileName": name, "contentType": type_})
    yield Documented(
        "music",
        "music.search",
        {
            "query": "ambient, like Ludovico E.",
            "moods": ["Calm"],
            "genres": ["Lo-fi/Chill"],
            "purposes": ["Ads"],
            "page": 1,
            "bpm": {"min": 60},
        },
    )
    yield Documented(
        "a voice",
        "voices.create",
        {"name": "My voice", "language": "en-US", "gender": "female", "sample": f"{UPLOADED}/sample.mp3"},
    )
    yield Documented(
        "an image",
        "aistudio.images",
        {
            "prompt": "a lighthouse at night",
            "model": "flux-schnell",
            "aspectRatio": "16:9",
            "style": "photorealistic",
            "referenceImageUrl": f"https://{MEDIA}/r.jpg",
            "webhook": f"https://{HOOKS}/i",
        },
        frozenset({MEDIA, HOOKS}),
    )
    yield Documented(
        "a video",
        "aistudio.videos",
        {
            "prompt": "waves, 8 s",
            "model": "veo3.1",
            "duration": "8s",
            "firstFrameImageUrl": f"{UPLOADED}/f.png",
            "extendVideoUrl": f"{PICTORY_READ}/v.mp4",
        },
    )
    yield Documented("a project", "projects.update", {
        "name": "Spring", "language": "en", "scenes": [{"story": "See example.org.", "preview_jpg": f"{PICTORY_READ}/p.jpg", "background": {"visualUrl": f"{UPLOADED}/b.mp4"}}],
        "videoUrl": f"{PICTORY_READ}/v.mp4", "thumbnail": f"{PICTORY_READ}/t.jpg", "srtFile": f"{PICTORY_READ}/s.srt",
    })  # fmt: skip
    for operation in ("aws-connections.create", "aws-connections.update"):
        yield Documented(
            operation,
            operation,
            {
                "name": "Exports",
                "description": "For the archive",
                "awsAccountId": "123456789012",
                "bucketName": "my.bucket-1",
                "region": "us-east-2",
                "folder": "videos/2026",
            },
        )
    for operation in ("vimeo-connections.create", "vimeo-connections.update"):
        yield Documented(
            operation,
            operation,
            {"name": "Channel", "description": "Public", "clientIdentifier": "abc123", "enabled": True},
        )
