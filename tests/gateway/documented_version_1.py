"""Bodies of version 1 of the API, which take over what a storyboard answered, and those of elements and renders."""

from collections.abc import Iterator

from tests.gateway.documented import HOOKS, MEDIA, STOCK_MUSIC, STOCK_VIDEO, UPLOADED, Documented


def version_1() -> Iterator[Documented]:
    audio = {
        "autoBackgroundMusic": True, "backGroundMusicVolume": 0.5, "aiVoiceOver": {"speaker": "Jackson", "speed": "100", "amplifyLevel": "1"},
    }  # fmt: skip
    yield Documented("v1 settings", "storyboards.create-v1", {
        "videoName": "test", "videoDescription": "A test", "language": "en", "videoWidth": "1080", "videoHeight": "1920",
        "brandLogo": {"url": f"https://{MEDIA}/logo.png", "verticalAlignment": "top", "horizontalAlignment": "right"},
        "autoHighlightKeywords": True, "audio": audio, "webhook": f"https://{HOOKS}/done",
        "textStyles": {"fontFamily": "Roboto", "fontSize": "24", "color": "rgb(255, 255, 255)", "verticalAlignment": "bottom"},
        "scenes": [{"text": "Hello.", "voiceOver": True, "splitTextOnNewLine": True, "splitTextOnPeriod": True}],
    }, frozenset({MEDIA, HOOKS}))  # fmt: skip
    yield Documented("v1 sources", "storyboards.create-v1", {
        "videoName": "test", "audio": {"voiceOverUri": f"{UPLOADED}/voice.mp3", "backGroundMusicUri": f"https://{MEDIA}/music.mp3"},
        "scenes": [
            {"text": "One.", "backgroundUri": f"https://{MEDIA}/one.jpg", "backgroundType": "image"},
            {"text": "Two.", "voiceOverUri": f"https://{MEDIA}/two.mp3"}, {"article_url": f"https://{MEDIA}/article"},
            {"articleUrl": f"https://{MEDIA}/article?id=2"}, {"introUri": f"{UPLOADED}/intro.mp4"},
        ],
    }, frozenset({MEDIA}))  # fmt: skip
    source = {
        "url": f"https://{STOCK_VIDEO}/watermarks/video/A_P480.mp4?type=preview", "type": "video", "library": "story_blocks",
        "mode": "fit", "loop_video": True, "mute": True,
    }  # fmt: skip
    line = {
        "text": "As example.org says: hello.",
        "text_bg_animation": [],
        "text_style": {"font": "Lato", "size": "4"},
    }
    render = {
        "audio": {"video_volume": 1, "audio_id": "165", "audio_library": "track", "track_volume": 0.1,
                  "src": f"https://{STOCK_MUSIC}/track_versions/165/a.mp3?1725242063", "tts": f"{UPLOADED}/speech.mp3"},
        "output": {"name": "test.mp4", "description": "See www.example.org", "format": "mp4", "title": "example.org/x", "width": 1920, "height": 1080},
        "scenes": [
            {"background": {"src": [source], "color": "rgba(255,255,255,255)"}, "time": 3.5, "keywords": ["sea", "U.S."],
             "sub_scenes": [{"time": 3.5, "displayItems": [], "text_lines": [line]}]}
        ],
        "next_generation_video": True, "containsTextToImage": True,
    }  # fmt: skip
    for operation in ("videos.render-v1", "videos.render-job-v1"):
        yield Documented(f"{operation} sent back", operation, render, frozenset({STOCK_VIDEO, STOCK_MUSIC}))
        yield Documented(
            f"{operation} with a webhook",
            operation,
            {**render, "webhook": f"https://{HOOKS}/x"},
            frozenset({STOCK_VIDEO, STOCK_MUSIC, HOOKS}),
        )
    elements = [
        {"id": "bgMusic", "elementType": "audioElement", "type": "audio", "startTime": 0, "duration": 5, "url": f"https://{MEDIA}/m.mp3"},
        {"id": "backgroundElement_1", "elementType": "backgroundElement", "type": "video", "url": f"{UPLOADED}/b.mp4", "loop": True, "mute": True},
        {"id": "SceneText_1", "elementType": "SceneText", "type": "text", "text": "Visit example.org/sale"},
    ]  # fmt: skip
    yield Documented("elements", "storyboards.update", elements, frozenset({MEDIA}))
    yield Documented("one element", "storyboards.update", elements[:1], frozenset({MEDIA}))
    output = {"output": {"name": "test.mp4", "format": "mp4"}, "elements": elements}
    yield Documented(
        "render of version 2", "videos.render", {"videoName": "test", **output}, frozenset({MEDIA})
    )
    yield Documented(
        "render with a webhook",
        "videos.render-storyboard",
        {"webhook": f"https://{HOOKS}/done"},
        frozenset({HOOKS}),
    )
    yield Documented("render as it is", "videos.render-storyboard", {})
    yield Documented(
        "project",
        "projects.render",
        {"webhook": f"https://{HOOKS}/p", "variables": {"A": "1"}},
        frozenset({HOOKS}),
    )
    yield Documented(
        "template video",
        "videos.from-template",
        {"templateId": "t1", "variables": {"NAME": "Jane"}, "webhook": f"https://{HOOKS}/t"},
        frozenset({HOOKS}),
    )
