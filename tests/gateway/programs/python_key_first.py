"""Makes a video with an API key: storyboard, then render. It needs the package ``requests``.

It reads PICTORY_BASE_URL, PICTORY_API_KEY and PICTORY_POLL_SECONDS.
"""

import json
import os
import sys
import time
from typing import Any

import requests

BASE_URL = os.environ["PICTORY_BASE_URL"]
POLL_SECONDS = float(os.environ.get("PICTORY_POLL_SECONDS", "30"))
POLLS = 60
HEADERS = {
    "Authorization": os.environ["PICTORY_API_KEY"],
    "Content-Type": "application/json",
    "User-Agent": "lighthouse-videos/1.0",
}
STORYBOARD = {
    "videoName": "lighthouses",
    "videoWidth": 1280,
    "videoHeight": 720,
    "language": "en",
    "backgroundMusic": {"enabled": True, "autoMusic": True, "volume": 0.3},
    "voiceOver": {"enabled": True, "aiVoices": [{"speaker": "Brian", "speed": 100, "amplificationLevel": 0}]},
    "scenes": [
        {
            "story": "A lighthouse warns ships of rocks. Its lamp turns all night.",
            "createSceneOnNewLine": False,
            "createSceneOnEndOfSentence": True,
            "background": {
                "type": "image",
                "visualUrl": "https://dg516uv4r33q1.cloudfront.net/public/teams/t1/lighthouse.jpg",
                "settings": {"mute": True, "loop": True},
            },
        },
        {"story": "Today most lamps are lit by a switch.\nNobody lives there.", "createSceneOnNewLine": True},
    ],
}


def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = requests.request(method, BASE_URL + path, headers=HEADERS, json=body, timeout=120)
    if not answer.ok:
        sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer.json()


def wait(job_id: str) -> dict[str, Any]:
    for _ in range(POLLS):
        data: dict[str, Any] = call("GET", f"/v1/jobs/{job_id}")["data"]
        if data["status"] == "completed":
            return data
        if data["status"] != "in-progress":
            sys.exit(f"job {job_id}: {json.dumps(data)}")
        time.sleep(POLL_SECONDS)
    sys.exit(f"job {job_id} is still in progress after {POLLS} polls")


storyboard_id = call("POST", "/v2/video/storyboard", STORYBOARD)["data"]["jobId"]
print("preview:", wait(storyboard_id)["previewUrl"], file=sys.stderr)
render_id = call("PUT", f"/v2/video/render/{storyboard_id}", {})["data"]["jobId"]
print(json.dumps({"job_id": render_id, "video_url": wait(render_id)["videoURL"]}))
