"""Makes a video in one call with an API key, and needs no package.

It reads PICTORY_BASE_URL, PICTORY_API_KEY and PICTORY_POLL_SECONDS. ``urllib`` sends its own User-Agent.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from typing import Any

BASE_URL = os.environ["PICTORY_BASE_URL"]
POLL_SECONDS = float(os.environ.get("PICTORY_POLL_SECONDS", "30"))
POLLS = 60
VIDEO = {
    "videoName": "bees",
    "saveProject": False,
    "voiceOver": {"enabled": True, "aiVoices": [{"speaker": "Amy"}]},
    "backgroundMusic": {"enabled": True, "autoMusic": True, "volume": 0.2},
    "scenes": [
        {"story": "A bee visits fifty flowers. Then it flies home.", "createSceneOnEndOfSentence": True}
    ],
}


def call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        BASE_URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": os.environ["PICTORY_API_KEY"], "Content-Type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}")


def main() -> None:
    job_id = call("POST", "/v2/video/storyboard/render", VIDEO)["data"]["jobId"]
    for _ in range(POLLS):
        data = call("GET", f"/v1/jobs/{job_id}")["data"]
        if data["status"] == "completed":
            print(json.dumps({"job_id": job_id, "video_url": data["videoURL"]}))
            return
        if data["status"] != "in-progress":
            sys.exit(f"job {job_id}: {json.dumps(data)}")
        time.sleep(POLL_SECONDS)
    sys.exit(f"job {job_id} is still in progress after {POLLS} polls")


main()
