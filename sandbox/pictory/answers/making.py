"""Transcription and the AI studio: work on the caller's media, and the calls that cost credits."""

from typing import Final

from sandbox.pictory import errors
from sandbox.pictory.answers.call import Call, Fields, Handler
from sandbox.pictory.answers.jobs import page
from sandbox.pictory.jobs import Kind
from sandbox.pictory.values import JsonObject, JsonValue

GENERATED_PAGE_SIZE: Final = 100
"""Images or videos in one page of the AI studio's lists."""

IMAGE_CREDITS: Final = {"seedream3.0": 2.0, "flux-schnell": 0.6, "nanobanana": 4.0, "nanobanana-pro": 14.0}
"""AI credits for one image, by model."""
VIDEO_CREDITS: Final = {"pixverse5.5": 1.6, "veo3.1": 20.0, "veo3.1_fast": 10.0}
"""AI credits for one second of video, by model."""

_DURATIONS: Final = {
    "pixverse5.5": ("5s", "8s", "10s"), "veo3.1": ("4s", "6s", "8s"), "veo3.1_fast": ("4s", "6s", "8s"),
}  # fmt: skip


def _transcribe(call: Call, kind: Kind) -> str:
    fields = Fields(call.body)
    url = fields.text("fileUrl", most=2_048)
    fields.webhook()
    fields.check()
    call.usage.charge("transcriptionMinutes", 1)
    job = call.world.start_job(
        account=call.account,
        kind=kind,
        name=url.rsplit("/", 1)[-1],
        now=call.now,
        request=call.body,
        video_seconds=60,
    )
    return job.id


def transcribe(call: Call) -> JsonValue:
    """Words of a media file, with their times."""
    return {"success": True, "data": {"jobId": _transcribe(call, "transcription")}}


def transcribe_v1(call: Call) -> JsonValue:
    """As :func:`transcribe`, with version 1's ``job_id``."""
    id_ = _transcribe(call, "transcription")
    return {"success": True, "job_id": id_, "data": {"job_id": id_}}


def _summarize(call: Call, request: JsonObject) -> str:
    fields = Fields(request)
    fields.list("transcript")
    fields.webhook()
    fields.check()
    job = call.world.start_job(
        account=call.account,
        kind="highlights",
        name="highlights",
        now=call.now,
        request=request,
        video_seconds=30,
    )
    return job.id


def highlights(call: Call) -> JsonValue:
    """The parts of a transcript that matter most."""
    return {"success": True, "data": {"jobId": _summarize(call, call.body)}}


def highlights_of_job(call: Call) -> JsonValue:
    """As :func:`highlights`, with the transcript of a finished transcription."""
    job = call.world.jobs.get(call.account, call.parameters["jobId"])
    if job.kind != "transcription" or job.status(call.now) != "completed":
        raise errors.invalid_request(f"Job {job.id} is not a completed transcription")
    transcript = job.data(call.now)["transcript"]
    return {"success": True, "data": {"jobId": _summarize(call, {**call.body, "transcript": transcript})}}


def highlights_v1(call: Call) -> JsonValue:
    """As :func:`highlights`, with version 1's ``job_id``."""
    id_ = _summarize(call, call.body)
    return {"success": True, "job_id": id_, "data": {"job_id": id_}}


def image(call: Call) -> JsonValue:
    """An image from a prompt."""
    fields = Fields(call.body)
    prompt = fields.text("prompt", least=5, most=5_000)
    model = fields.one_of("model", tuple(IMAGE_CREDITS), default="seedream3.0")
    fields.webhook()
    fields.check()
    cost = IMAGE_CREDITS[model]
    call.usage.charge_credits(cost, source="Text-to-Image")
    job = call.world.start_job(
        account=call.account, kind="image", name=prompt[:40], now=call.now, request=_with_defaults(call, model),
        credits=cost,
    )  # fmt: skip
    return {"success": True, "data": {"jobId": job.id}}


def video(call: Call) -> JsonValue:
    """A video from a prompt; it costs by the second."""
    fields = Fields(call.body)
    prompt = fields.text("prompt", least=5, most=5_000)
    model = fields.one_of("model", tuple(VIDEO_CREDITS), default="pixverse5.5")
    duration = fields.one_of("duration", _DURATIONS[model], default=_DURATIONS[model][0])
    fields.webhook()
    fields.check()
    seconds = int(duration.removesuffix("s"))
    cost = round(VIDEO_CREDITS[model] * seconds, 2)
    call.usage.charge_credits(cost, source="Text-to-Video")
    job = call.world.start_job(
        account=call.account, kind="video", name=prompt[:40], now=call.now, request=_with_defaults(call, model),
        video_seconds=seconds, credits=cost,
    )  # fmt: skip
    return {"success": True, "data": {"jobId": job.id}}


def _with_defaults(call: Call, model: str) -> JsonObject:
    return {"aspectRatio": "16:9", **call.body, "model": model}


def _generated(kind: Kind) -> Handler:
    """Lists what the account has generated of ``kind``, newest first."""

    def answer(call: Call) -> JsonValue:
        done = [
            job.data(call.now)
            for job in reversed(call.world.jobs.of(call.account))
            if job.kind == kind and job.status(call.now) == "completed"
        ]
        items: list[JsonValue] = [
            {name: value for name, value in data.items() if name not in ("status", "aiCreditsUsed")}
            for data in done
        ]
        shown, key = page(items, call.query.get("nextPageKey"), GENERATED_PAGE_SIZE)
        return {"items": shown, **({"nextPageKey": key} if key else {})}

    return answer


HANDLERS: Final[dict[str, Handler]] = {
    "transcriptions.create": transcribe,
    "transcriptions.create-v1": transcribe_v1,
    "transcriptions.highlights": highlights,
    "transcriptions.highlights-v1": highlights_v1,
    "transcriptions.highlights-job": highlights_of_job,
    "aistudio.list-images": _generated("image"),
    "aistudio.list-videos": _generated("video"),
    "aistudio.images": image,
    "aistudio.videos": video,
}
