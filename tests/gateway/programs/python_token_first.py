"""Makes a video with the legacy calls: token, storyboard, render. It needs the package ``requests``.

It reads PICTORY_BASE_URL, PICTORY_CLIENT_ID, PICTORY_CLIENT_SECRET, PICTORY_USER_ID and PICTORY_POLL_SECONDS.
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
STORYBOARD = {
    "videoName": "tides",
    "videoDescription": "Why the sea rises twice a day",
    "language": "en",
    "audio": {
        "autoBackgroundMusic": True,
        "backGroundMusicVolume": 0.4,
        "aiVoiceOver": {"speaker": "Jackson", "speed": "100", "amplifyLevel": "0"},
    },
    "scenes": [
        {
            "text": "The moon pulls the sea. So does the sun.",
            "voiceOver": True,
            "splitTextOnNewLine": False,
            "splitTextOnPeriod": True,
        },
        {"text": "Twice a day the water comes back.", "voiceOver": True, "splitTextOnPeriod": True},
    ],
}


class Pictory:
    """Calls with a token; ``headers`` are those of every call."""

    def __init__(self) -> None:
        self.headers = {"Content-Type": "application/json", "User-Agent": "tide-videos/1.0"}
        credentials = {
            "client_id": os.environ["PICTORY_CLIENT_ID"],
            "client_secret": os.environ["PICTORY_CLIENT_SECRET"],
        }
        token = self.call("POST", "/v1/oauth2/token", credentials)["access_token"]
        self.headers |= {"Authorization": token, "X-Pictory-User-Id": os.environ["PICTORY_USER_ID"]}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, BASE_URL + path, headers=self.headers, json=body, timeout=120)
        if not answer.ok:
            sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def wait(self, job_id: str) -> dict[str, Any]:
        for _ in range(POLLS):
            data: dict[str, Any] = self.call("GET", f"/v1/jobs/{job_id}")["data"]
            if data["status"] == "completed":
                return data
            if data["status"] != "in-progress":
                sys.exit(f"job {job_id}: {json.dumps(data)}")
            time.sleep(POLL_SECONDS)
        sys.exit(f"job {job_id} is still in progress after {POLLS} polls")


pictory = Pictory()
upload = pictory.call("POST", "/v1/media/generateUrl", {"fileName": "intro.mp4", "contentType": "video/mp4"})[
    "data"
]
print("upload would be read at:", upload["url"], file=sys.stderr)
storyboard_id = pictory.call("POST", "/v1/video/storyboard", STORYBOARD)["jobId"]
params = pictory.wait(storyboard_id)["renderParams"]
body = {name: params[name] for name in ("audio", "output", "scenes")}
body["output"]["title"] = "Tides"
render_id = pictory.call("PUT", f"/v1/video/render/{storyboard_id}", body)["data"]["job_id"]
done = pictory.wait(render_id)
print(json.dumps({"job_id": render_id, "video_url": done["videoURL"], "share_url": done["shareVideoURL"]}))
