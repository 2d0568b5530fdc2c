"""What a storyboard's job answers as ``renderParams``: the whole body of a render, in the form of each version."""

from typing import Final

from sandbox.pictory.values import JsonObject, JsonValue, resource_id

WORDS_PER_SECOND: Final = 2.5

# The hosts that Pictory's own answers name: a caller that sends them back needs them allowed.
STOCK_VIDEO: Final = "https://dm0qx8t0i9gc9.cloudfront.net/watermarks/video/SANDBOX_P480.mp4?type=preview"
STOCK_MUSIC: Final = "https://tracks.melod.ie/track_versions/165/SANDBOX_stream.mp3?1725242063"
SPEECH: Final = "https://audios-prod.pictorycontent.com/polly/production/projects/SANDBOX/speech.mp3"


def of_version_1(name: str, request: JsonObject) -> JsonObject:
    """``audio``, ``output`` and ``scenes``: what the official samples read and send to ``/v1/video/render``."""
    asked = _object(request.get("audio"))
    audio: JsonObject = {"video_volume": 1}
    if asked.get("backGroundMusicUri") or asked.get("autoBackgroundMusic"):
        audio |= {
            "audio_id": "165",
            "audio_library": "track",
            "src": asked.get("backGroundMusicUri") or STOCK_MUSIC,
            "track_volume": asked.get("backGroundMusicVolume", 0.1),
        }
    if asked.get("voiceOverUri") or asked.get("aiVoiceOver"):
        audio["tts"] = asked.get("voiceOverUri") or SPEECH
    return {
        "audio": audio,
        "output": _output(name, request),
        "scenes": [_scene(scene) for scene in _scenes(request)],
        "next_generation_video": True,
        "containsTextToImage": True,
    }


def of_version_2(name: str, request: JsonObject) -> JsonObject:
    """``output`` and ``elements``, each element with the id by which an update names it."""
    elements: list[JsonValue] = []
    start = 0.0
    for scene in _scenes(request):
        elements += _elements(scene, start)
        start += _seconds(scene)
    music, voice = _object(request.get("backgroundMusic")), _object(request.get("voiceOver"))
    if music.get("enabled"):
        elements.append(_audio("bgMusic", music.get("musicUrl") or STOCK_MUSIC, start))
    if voice.get("enabled"):
        external = _object(voice.get("externalVoice"))
        elements.append(_audio("voiceOver", external.get("voiceUrl") or SPEECH, start))
    return {"output": _output(name, request), "elements": elements}


def _output(name: str, request: JsonObject) -> JsonObject:
    return {
        "name": f"{name}.mp4", "description": request.get("videoDescription", name), "format": "mp4", "title": name,
        "width": request.get("videoWidth", 1920), "height": request.get("videoHeight", 1080),
    }  # fmt: skip


def _scenes(request: JsonObject) -> list[JsonObject]:
    scenes = request.get("scenes")
    return [scene for scene in scenes if isinstance(scene, dict)] if isinstance(scenes, list) else []


def _scene(scene: JsonObject) -> JsonObject:
    seconds = _seconds(scene)
    source: JsonObject = {
        "url": scene.get("backgroundUri") or _background(scene) or STOCK_VIDEO,
        "type": scene.get("backgroundType", "video"), "library": "story_blocks", "mode": "fit", "loop_video": True,
        "mute": True,
    }  # fmt: skip
    line: JsonObject = {"text": _text(scene), "text_bg_animation": []}
    return {
        "background": {"src": [source], "color": "rgba(255,255,255,255)"},
        "time": seconds,
        "keywords": [],
        "sub_scenes": [{"time": seconds, "displayItems": [], "text_lines": [line]}],
    }


def _elements(scene: JsonObject, start: float) -> list[JsonValue]:
    times: JsonObject = {"startTime": start, "duration": _seconds(scene)}
    background: JsonObject = {
        "id": f"backgroundElement_{resource_id()}", "elementType": "backgroundElement",
        "type": _object(scene.get("background")).get("type", "video"), **times,
        "url": _background(scene) or STOCK_VIDEO, "loop": True, "mute": True,
    }  # fmt: skip
    if not _text(scene):
        return [background]
    text: JsonObject = {
        "id": f"SceneText_{resource_id()}", "elementType": "SceneText", "type": "text", **times, "text": _text(scene),
    }  # fmt: skip
    return [background, text]


def _audio(id_: str, url: JsonValue, seconds: float) -> JsonObject:
    return {
        "id": id_, "elementType": "audioElement", "type": "audio", "startTime": 0, "duration": seconds, "url": url,
    }  # fmt: skip


def _background(scene: JsonObject) -> JsonValue:
    """The URL that the scene gives, in either of the names for it."""
    return _object(scene.get("background") or scene.get("backgroundVisual")).get("visualUrl")


def _text(scene: JsonObject) -> str:
    for name in ("story", "text"):
        if isinstance(text := scene.get(name), str):
            return text
    subtitles = scene.get("subtitles")
    lines = subtitles if isinstance(subtitles, list) else []
    return " ".join(str(line["text"]) for line in lines if isinstance(line, dict) and "text" in line)


def _seconds(scene: JsonObject) -> float:
    return max(1.0, len(_text(scene).split()) / WORDS_PER_SECOND)


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}
