"""Jobs: what was asked for, how far it has come, and what it answers then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from sandbox.pictory.values import JsonObject, JsonValue, timestamp

Kind = Literal["storyboard", "render", "transcription", "highlights", "image", "video"]
Version = Literal["v1", "v2"]

ASSETS: Final = "https://d3uryq9bhgb5qr.cloudfront.net"
_STATES: Final = (
    (0.10, "queued", "Waiting for a render slot"),
    (0.80, "rendering", "Rendering scenes"),
    (1.01, "finishing", "Encoding the video"),
)


@dataclass(kw_only=True)
class Job:
    """One job. ``started`` is monotonic; it takes ``seconds`` to end, as done or failed.

    ``version`` is that of the call that began it, and decides the names in its answer. ``render_params`` are a
    storyboard's, which an update of its elements changes.
    """

    id: str
    account: str
    kind: Kind
    name: str
    started: float
    seconds: float
    fails: bool = False
    cleaned: bool = False
    video_seconds: float = 1.0
    credits: float = 0.0
    request: JsonObject = field(default_factory=dict)
    version: Version = "v2"
    render_params: JsonObject = field(default_factory=dict)
    created: str = field(default_factory=timestamp)

    def progress(self, now: float) -> float:
        """Share done, 0 to 1."""
        return 1.0 if self.seconds <= 0 else min(1.0, max(0.0, (now - self.started) / self.seconds))

    def status(self, now: float) -> str:
        """One of Pictory's four job statuses."""
        if self.cleaned:
            return "cleaned"
        if self.progress(now) < 1:
            return "in-progress"
        return "failed" if self.fails else "completed"

    def clean(self) -> None:
        """Remove what it made; there is no way back."""
        self.cleaned = True
        self.request, self.render_params = {}, {}

    def answer(self, now: float) -> JsonObject:
        """What ``GET /v1/jobs/{jobId}`` answers."""
        status = self.status(now)
        return {"job_id": self.id, "success": status != "failed", "data": self.data(now)}

    def data(self, now: float) -> JsonObject:
        """The ``data`` of its answer, in the shape of its kind and status."""
        status = self.status(now)
        match status:
            case "in-progress":
                return {"status": status, **(self._rendering(now) if self.kind == "render" else {})}
            case "failed":
                code = f"{self.kind.upper()}_FAILED"
                return {
                    "status": status,
                    "error_code": code,
                    "error_message": f"The {self.kind} could not be made",
                }
            case "cleaned":
                return {"status": status}
        return {"status": status, **_DONE[self.kind](self)}

    def _rendering(self, now: float) -> JsonObject:
        share = self.progress(now)
        state, message = next((state, message) for end, state, message in _STATES if share < end)
        return {"renderProgress": int(100 * share), "renderProgressMessage": message, "renderState": state}


def _asset(job: Job, directory: str, suffix: str) -> str:
    return f"{ASSETS}/sandbox/{job.account}/{job.id}/{directory}/{job.name.replace(' ', '_')}.{suffix}"


def _storyboard(job: Job) -> JsonObject:
    preview = f"https://video.pictory.ai/preview/{job.id}"
    return {
        "previewUrl": preview,
        "preview": preview,
        "renderParams": job.render_params,
        "storyboard": job.request,
    }


def _render(job: Job) -> JsonObject:
    return {
        "videoURL": _asset(job, "video", "mp4"),
        "shareVideoURL" if job.version == "v1" else "videoShareURL": f"https://video.pictory.ai/{job.id}",
        "audioURL": _asset(job, "audio", "mp3"),
        "thumbnail": _asset(job, "image", "jpg"),
        "srtFile": _asset(job, "text", "srt"),
        "vttFile": _asset(job, "text", "vtt"),
        "txtFile": _asset(job, "text", "txt"),
        "videoDuration": round(job.video_seconds, 2),
        "aiCreditsUsed": job.credits,
        **({"webhookInput": job.request["webhookInput"]} if "webhookInput" in job.request else {}),
    }


def _transcription(job: Job) -> JsonObject:
    words: list[JsonValue] = [
        {
            "uid": f"{job.id}-{index}",
            "word": word,
            "start_time": 0.4 * index,
            "end_time": 0.4 * index + 0.4,
            "speakerId": 1,
            "sentence_index": 0,
        }
        for index, word in enumerate(job.name.split())
    ]
    return {
        "transcript": [{"uid": job.id, "speakerId": 1, "words": words}],
        "txt": job.name,
        "editVideoUrl": job.request.get("fileUrl"),
    }


def _highlights(job: Job) -> JsonObject:
    """The transcript that the call gave, with the words marked that fit into the duration it asked for."""
    asked = job.request.get("highlight_duration")
    seconds = float(asked) if isinstance(asked, int | float) else job.video_seconds
    sentences = job.request.get("transcript")
    marked: list[JsonValue] = [
        {**sentence, "words": [_marked(word, seconds) for word in _words(sentence)]}
        for sentence in (sentences if isinstance(sentences, list) else [])
        if isinstance(sentence, dict)
    ]
    return {"transcript": marked}


def _words(sentence: JsonObject) -> list[JsonObject]:
    words = sentence.get("words")
    return [word for word in words if isinstance(word, dict)] if isinstance(words, list) else []


def _marked(word: JsonObject, seconds: float) -> JsonObject:
    end = word.get("end_time")
    return {**word, "highlight": isinstance(end, int | float) and end <= seconds}


def _image(job: Job) -> JsonObject:
    return {**_generated(job, "png"), "width": 1024, "height": 1024}


def _video(job: Job) -> JsonObject:
    return {**_generated(job, "mp4"), "width": 1280, "height": 720, "duration": f"{job.video_seconds:g}s"}


_ASKED: Final = (
    "prompt", "model", "aspectRatio", "style", "referenceImageUrl", "referenceImageUrls", "firstFrameImageUrl",
    "extendVideoUrl",
)  # fmt: skip


def _generated(job: Job, suffix: str) -> JsonObject:
    asked: JsonObject = {name: job.request[name] for name in _ASKED if name in job.request}
    return {
        "id": job.id, "url": _asset(job, "aistudio", suffix), **asked,
        "createdDate": job.created, "aiCreditsUsed": job.credits,
    }  # fmt: skip


_DONE: Final[dict[Kind, Callable[[Job], JsonObject]]] = {
    "storyboard": _storyboard, "render": _render, "transcription": _transcription, "highlights": _highlights,
    "image": _image, "video": _video,
}  # fmt: skip
