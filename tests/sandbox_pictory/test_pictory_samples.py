"""Whole jobs in the shapes that Pictory's published samples and reference rely on."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from pictory_egress.api.hosts import ASSET_HOSTS, SOURCE_SETS

if TYPE_CHECKING:
    from tests.sandbox_pictory.conftest import Pictory

STORY_V1 = {
    "videoName": "Launch",
    "audio": {
        "autoBackgroundMusic": True,
        "backGroundMusicVolume": 0.5,
        "aiVoiceOver": {"speaker": "Jackson"},
    },
    "scenes": [{"text": "one two three four five", "voiceOver": True}, {"text": "six"}],
}
STORY_V2 = {
    "videoName": "Launch",
    "backgroundMusic": {"enabled": True, "autoMusic": True},
    "voiceOver": {"enabled": True, "aiVoices": [{"speaker": "Brian"}]},
    "scenes": [{"story": "one two three four five"}, {"story": "six"}],
}


def data(pictory: "Pictory", key: str, id_: str) -> Any:
    answer = pictory.call("GET", f"/v1/jobs/{id_}", key=key)
    assert (answer.json["job_id"], answer.json["data"]["status"]) == (id_, "completed")
    return answer.json["data"]


def test_storyboard_of_version_1_when_followed_then_its_video_is_shared(pictory: "Pictory", key: str) -> None:
    made = pictory.call("POST", "/v1/video/storyboard", key=key, body=STORY_V1).json
    assert "job_id" not in made
    params = data(pictory, key, made["jobId"])["renderParams"]
    assert {"audio", "output", "scenes"} <= set(params)
    assert set(params["audio"]) == {
        "video_volume",
        "audio_id",
        "audio_library",
        "src",
        "track_volume",
        "tts",
    }
    body = {name: params[name] for name in ("audio", "output", "scenes")}
    rendered = pictory.call("POST", "/v1/video/render", key=key, body=body).json
    done = data(pictory, key, rendered["data"]["job_id"])
    assert done["shareVideoURL"].startswith("https://video.pictory.ai/")
    assert "videoShareURL" not in done
    # Six words, at two and a half a second.
    assert done["videoDuration"] == 2.4


def test_render_of_version_1_when_by_job_then_it_answers_job_id(pictory: "Pictory", key: str) -> None:
    made = pictory.call("POST", "/v1/video/storyboard", key=key, body=STORY_V1).json
    rendered = pictory.call("PUT", f"/v1/video/render/{made['jobId']}", key=key, body={}).json
    assert set(rendered["data"]) == {"job_id"}
    assert "shareVideoURL" in data(pictory, key, rendered["data"]["job_id"])


def test_audio_when_the_caller_gives_its_own_then_the_render_has_it(pictory: "Pictory", key: str) -> None:
    audio = {"backGroundMusicUri": "https://a.example/m.mp3", "voiceOverUri": "https://a.example/v.mp3"}
    scene = {"text": "one", "backgroundUri": "https://a.example/b.png", "backgroundType": "image"}
    body = {"videoName": "A", "audio": audio, "scenes": [scene]}
    made = pictory.call("POST", "/v1/video/storyboard", key=key, body=body).json
    params = data(pictory, key, made["jobId"])["renderParams"]
    assert (params["audio"]["src"], params["audio"]["tts"]) == tuple(audio.values())
    assert params["scenes"][0]["background"]["src"][0]["url"] == scene["backgroundUri"]


def test_template_when_uploaded_then_a_video_is_made_as_in_the_sample(pictory: "Pictory", key: str) -> None:
    template = pictory.call("POST", "/v1/templates", key=key, body=b"project").json
    body = {"templateId": template["templateId"], "scenes": [{"text": "Hi", "insertBeforeSceneId": "s1"}]}
    preview = pictory.call("POST", "/v1/video/from-template", key=key, body=body).json["data"]["jobId"]
    params = data(pictory, key, preview)["renderParams"]
    body = {name: params[name] for name in ("audio", "output", "scenes")}
    rendered = pictory.call("PUT", f"/v1/video/render/{preview}", key=key, body=body).json["data"]["job_id"]
    assert "shareVideoURL" in data(pictory, key, rendered)


def storyboard(pictory: "Pictory", key: str) -> str:
    made = pictory.call("POST", "/v2/video/storyboard", key=key, body=STORY_V2).json
    return str(made["data"]["jobId"])


def test_elements_when_updated_by_id_then_the_preview_follows(pictory: "Pictory", key: str) -> None:
    id_ = storyboard(pictory, key)
    elements = data(pictory, key, id_)["renderParams"]["elements"]
    assert {element["elementType"] for element in elements} == {
        "backgroundElement",
        "SceneText",
        "audioElement",
    }
    text = next(element for element in elements if element["elementType"] == "SceneText")
    stranger = {**text, "id": "SceneText_nobody"}
    update = [{**text, "text": "changed"}, stranger]
    assert pictory.call("PUT", f"/v2/video/storyboard/{id_}/elements", key=key, body=update).status == 204
    after = data(pictory, key, id_)["renderParams"]["elements"]
    assert after == [{**e, "text": "changed"} if e["id"] == text["id"] else e for e in elements]


def test_elements_when_the_body_is_an_object_then_it_is_refused(pictory: "Pictory", key: str) -> None:
    id_ = storyboard(pictory, key)
    path = f"/v2/video/storyboard/{id_}/elements"
    answer = pictory.call("PUT", path, key=key, body={"elements": []})
    assert (answer.status, answer.json["fields"][0]["errors"]) == (400, ["body must be an array"])
    answer = pictory.call("PUT", path, key=key, body=[{"id": "bgMusic", "type": "audio"}])
    assert answer.status == 400
    assert {each["name"] for each in answer.json["fields"]} == {
        "[0].elementType", "[0].startTime", "[0].duration",
    }  # fmt: skip


def test_render_of_version_2_when_done_then_its_share_url_has_another_name(
    pictory: "Pictory", key: str
) -> None:
    params = data(pictory, key, storyboard(pictory, key))["renderParams"]
    rendered = pictory.call("POST", "/v2/video/render", key=key, body=params).json["data"]["jobId"]
    done = data(pictory, key, rendered)
    assert "videoShareURL" in done
    assert "shareVideoURL" not in done


def test_media_search_when_answered_then_previews_can_be_backgrounds(pictory: "Pictory", key: str) -> None:
    found = pictory.call("GET", "/v1/media/search?keyword=lake&language=en", key=key).json["data"]
    assert {result["searchLibrary"] for result in found["searchResults"]} == {"story_blocks", "getty"}
    assert all(result["preview"]["url"].startswith("https://") for result in found["searchResults"])
    assert pictory.call("GET", "/v1/media/search", key=key).status == 400


def test_hosts_when_pictory_names_them_then_the_stock_set_or_assets_have_them(
    pictory: "Pictory", key: str
) -> None:
    first = pictory.call("POST", "/v1/video/storyboard", key=key, body=STORY_V1).json["jobId"]
    paths = [f"/v1/jobs/{first}", f"/v1/jobs/{storyboard(pictory, key)}", "/v1/media/search?keyword=lake"]
    answers = [
        pictory.call("GET", path, key=key) for path in (*paths, "/v1/voiceovers/tracks", "/v1/avatars")
    ]
    answers.append(pictory.call("POST", "/v1/music/search", key=key, body={}))
    hosts = {urlsplit(url).hostname for one in answers for url in re.findall(r'"(https?:[^"]+)"', one.text)}
    assert {"tracks.melod.ie", "dm0qx8t0i9gc9.cloudfront.net", "media.gettyimages.com"} <= hosts
    assert hosts <= {*SOURCE_SETS["pictory-stock"], *ASSET_HOSTS}


def saved_project(pictory: "Pictory", key: str) -> str:
    body = {**STORY_V2, "saveProject": True}
    pictory.call("POST", "/v2/video/storyboard", key=key, body=body)
    return str(pictory.call("GET", "/v2/projects", key=key).json["items"][0]["id"])


def test_project_when_updated_then_what_the_body_omits_is_lost(pictory: "Pictory", key: str) -> None:
    path = f"/v2/projects/{saved_project(pictory, key)}"
    before = pictory.call("GET", path, key=key).json
    assert [scene["text"] for scene in before["scenes"]] == ["one two three four five", "six"]
    change = {**before, "projectName": "Second", "scenes": before["scenes"][:1]}
    del change["audioSpeed"]
    answer = pictory.call("PUT", path, key=key, body=change)
    assert (answer.status, answer.json["success"]) == (200, True)
    after = pictory.call("GET", path, key=key).json
    assert answer.json["project"] == after
    assert (after["projectName"], len(after["scenes"]), "audioSpeed" in after) == ("Second", 1, False)
    assert pictory.call("GET", "/v2/projects", key=key).json["items"][0]["name"] == "Second"


def test_project_when_it_is_another_accounts_then_it_stays_as_it_is(pictory: "Pictory", key: str) -> None:
    path = f"/v2/projects/{saved_project(pictory, key)}"
    before = pictory.call("GET", path, key=key).json
    other = pictory.admin.issue_key(account="other").api_key
    assert pictory.call("PUT", path, key=other, body=before).status == 403
    assert pictory.call("PUT", path, key=key, body={"projectName": "No scenes"}).status == 400
    assert pictory.call("GET", path, key=key).json == before


def test_highlights_when_of_a_job_then_they_mark_its_transcript(pictory: "Pictory", key: str) -> None:
    file = {"fileUrl": "https://example.com/one two three four.mp3"}
    transcription = pictory.call("POST", "/v2/transcription", key=key, body=file).json["data"]["jobId"]
    transcript = data(pictory, key, transcription)["transcript"]
    path = f"/v2/transcription/{transcription}/highlights"
    by_job = pictory.call("POST", path, key=key, body={"highlight_duration": 1}).json["data"]["jobId"]
    body = {"highlight_duration": 1, "transcript": transcript}
    by_text = pictory.call("POST", "/v2/transcription/highlights", key=key, body=body).json["data"]["jobId"]
    marked = data(pictory, key, by_job)["transcript"]
    assert marked == data(pictory, key, by_text)["transcript"]
    assert [word["highlight"] for word in marked[0]["words"]] == [True, True, False, False]


def test_highlights_when_the_job_is_no_transcription_then_they_are_refused(
    pictory: "Pictory", key: str
) -> None:
    path = f"/v2/transcription/{storyboard(pictory, key)}/highlights"
    assert pictory.call("POST", path, key=key, body={}).json["code"] == "INVALID_REQUEST"


@pytest.mark.parametrize("kind", ["images", "videos"])
def test_generated_when_listed_then_the_newest_stand_first_over_pages(
    pictory: "Pictory", key: str, kind: str
) -> None:
    path = f"/v1/aistudio/{kind}"
    for number in range(101):
        pictory.call("POST", path, key=key, body={"prompt": f"a lake {number}"})
    pictory.call("POST", "/v2/video/storyboard", key=key, body=STORY_V2)
    first = pictory.call("GET", path, key=key).json
    second = pictory.call("GET", f"{path}?nextPageKey={first['nextPageKey']}", key=key).json
    prompts = [item["prompt"] for item in first["items"] + second["items"]]
    assert prompts == [f"a lake {number}" for number in range(100, -1, -1)]
    assert len(first["items"]) == 100
    assert "nextPageKey" not in second
    assert {"url", "id", "prompt", "model", "aspectRatio", "createdDate"} <= set(first["items"][0])


def test_credits_when_a_month_is_asked_for_then_only_its_entries_are_shown(
    pictory: "Pictory", key: str
) -> None:
    path = "/v1/aicredits/usage"
    pictory.call("POST", "/v1/aistudio/images", key=key, body={"prompt": "a lake"})
    (entry,) = pictory.call("GET", path, key=key).json
    year, month = entry["transactionDate"].split("-")[:2]
    assert pictory.call("GET", f"{path}?year={year}&month={int(month)}", key=key).json == [entry]
    assert pictory.call("GET", f"{path}?year={int(year) - 1}&month={month}", key=key).json == []
    for query in (f"year={year}", "month=13"):
        assert pictory.call("GET", f"{path}?{query}", key=key).json["code"] == "INVALID_REQUEST"


def connect(pictory: "Pictory", key: str, name: str) -> str:
    body = {"name": name, "clientIdentifier": "c1", "clientSecret": "hidden", "accessToken": "hidden"}
    return str(pictory.call("POST", "/v1/vimeo-connections", key=key, body=body).json["connectionId"])


def test_vimeo_connections_when_many_then_they_are_listed_over_pages(pictory: "Pictory", key: str) -> None:
    made = [connect(pictory, key, f"V{number}") for number in range(21)]
    first = pictory.call("GET", "/v1/vimeo-connections", key=key).json
    path = f"/v1/vimeo-connections?nextPageKey={first['nextPageKey']}"
    second = pictory.call("GET", path, key=key).json
    assert [each["connectionId"] for each in first["Items"] + second["Items"]] == made
    assert "nextPageKey" not in second


def test_vimeo_connection_when_updated_then_its_secrets_stay_hidden(pictory: "Pictory", key: str) -> None:
    path = f"/v1/vimeo-connections/{connect(pictory, key, 'V')}"
    change = {"version": 1, "enabled": False, "clientIdentifier": "c2", "accessToken": "hidden"}
    answer = pictory.call("PUT", path, key=key, body=change)
    assert (answer.json["clientIdentifier"], answer.json["enabled"], answer.json["version"]) == (
        "c2",
        False,
        2,
    )
    assert "hidden" not in answer.text + pictory.call("GET", path, key=key).text
    assert pictory.call("PUT", path, key=key, body=change).status == 400


def test_vimeo_connection_when_deleted_twice_then_both_calls_succeed(pictory: "Pictory", key: str) -> None:
    path = f"/v1/vimeo-connections/{connect(pictory, key, 'V')}"
    assert [pictory.call("DELETE", path, key=key).status for _ in range(2)] == [204, 204]
    assert pictory.call("GET", path, key=key).status == 404


def test_avatars_when_listed_then_each_has_its_looks(pictory: "Pictory", key: str) -> None:
    avatars = pictory.call("GET", "/v1/avatars", key=key).json
    assert avatars["nextPageKey"] is None
    assert {"id", "name", "previewImage", "previewVideo"} == set(avatars["items"][0]["looks"][0])
