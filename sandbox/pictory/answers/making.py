"""Transcription and the AI studio: work on the caller's media, and the calls that cost credits."""

from typing import Final

from sandbox.pictory.answers.call import Call, Fields, Handler
from sandbox.pictory.jobs import Kind
from sandbox.pictory.values import JsonValue

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
    """As :func:`transcribe`, in version 1's form."""
    id_ = _transcribe(call, "transcription")
    return {"success": True, "job_id": id_, "data": {"job_id": id_}}


def _summarize(call: Call) -> str:
    fields = Fields(call.body)
    fields.list("transcript")
    fields.webhook()
    fields.check()
    job = call.world.start_job(
        account=call.account,
        kind="highlights",
        name="highlights",
        now=call.now,
        request=call.body,
        video_seconds=30,
    )
    return job.id


def highlights(call: Call) -> JsonValue:
    """The parts of a transcript that matter most."""
    return {"success": True, "data": {"jobId": _summarize(call)}}


def highlights_v1(call: Call) -> JsonValue:
    """As :func:`highlights`, in version 1's form."""
    id_ = _summarize(call)
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
        account=call.account, kind="image", name=prompt[:40], now=call.now, request=call.body, credits=cost
    )
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
        account=call.account, kind="video", name=prompt[:40], now=call.now, request=call.body,
        video_seconds=seconds, credits=cost,
    )  # fmt: skip
    return {"success": True, "data": {"jobId": job.id}}


HANDLERS: Final[dict[str, Handler]] = {
    "transcriptions.create": transcribe,
    "transcriptions.create-v1": transcribe_v1,
    "transcriptions.highlights": highlights,
    "transcriptions.highlights-v1": highlights_v1,
    "aistudio.images": image,
    "aistudio.videos": video,
}
