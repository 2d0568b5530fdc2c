"""What the stand-in accepts as a credential, when it ends, and that it shows no value of one."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox_pictory.conftest import Pictory

QUOTA = "/v1/quota"
UNAUTHORIZED = {"message": "Unauthorized"}


def test_call_with_a_raw_key_is_answered(pictory: "Pictory", key: str) -> None:
    assert key.startswith("pictai_")
    assert pictory.call("GET", QUOTA, key=key).status == 200


@pytest.mark.parametrize("prefix", ["Bearer ", "bearer ", "pictai_", " "])
def test_call_with_anything_before_the_key_is_refused(pictory: "Pictory", key: str, prefix: str) -> None:
    # A leading blank is no part of a header's value, so that one is the key itself.
    expected = 200 if prefix == " " else 401
    assert pictory.call("GET", QUOTA, key=prefix + key).status == expected


def test_call_without_a_key_is_refused_in_the_documented_form(pictory: "Pictory") -> None:
    answer = pictory.call("GET", QUOTA)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


def test_issuing_a_key_ends_the_earlier_one_at_once(pictory: "Pictory", key: str) -> None:
    new = pictory.admin.issue_key().api_key
    assert pictory.call("GET", QUOTA, key=key).json == UNAUTHORIZED
    assert pictory.call("GET", QUOTA, key=new).status == 200


def test_issuing_a_key_with_overlap_keeps_the_earlier_one_good(pictory: "Pictory", key: str) -> None:
    new = pictory.admin.issue_key(overlap_seconds=60).api_key
    assert {pictory.call("GET", QUOTA, key=each).status for each in (key, new)} == {200}


def test_issuing_a_key_leaves_other_accounts_alone(pictory: "Pictory", key: str) -> None:
    pictory.admin.issue_key(account="other")
    assert pictory.call("GET", QUOTA, key=key).status == 200


def test_revoked_key_is_refused_and_listed_as_ended(pictory: "Pictory") -> None:
    issued = pictory.admin.issue_key()
    pictory.admin.revoke(issued.id)
    assert pictory.call("GET", QUOTA, key=issued.api_key).status == 401
    assert {each.id: each.live for each in pictory.admin.credentials()}[issued.id] is False


def _token(pictory: "Pictory", client_id: str, client_secret: str) -> str:
    answer = pictory.call(
        "POST", "/v1/oauth2/token", body={"client_id": client_id, "client_secret": client_secret}
    )
    assert answer.status == 200, answer.text
    assert (answer.json["expires_in"], answer.json["token_type"]) == (3600, "Bearer")
    return str(answer.json["access_token"])


def test_oauth_token_is_good_beside_its_user_id_only(pictory: "Pictory") -> None:
    client = pictory.admin.issue_client()
    token = _token(pictory, client.client_id, client.client_secret)
    statuses = {
        user: pictory.call("GET", QUOTA, key=token, headers={"X-Pictory-User-Id": user}).status
        for user in (client.user_id, "somebody")
    }
    assert statuses == {client.user_id: 200, "somebody": 401}
    assert pictory.call("GET", QUOTA, key=token).status == 401


def test_oauth_token_ends_with_its_time(pictory: "Pictory") -> None:
    client = pictory.admin.issue_client()
    pictory.admin.set_behaviour(token_seconds=0)
    body = {"client_id": client.client_id, "client_secret": client.client_secret}
    answer = pictory.call("POST", "/v1/oauth2/token", body=body)
    assert answer.json["expires_in"] == 0
    ended = pictory.call(
        "GET", QUOTA, key=answer.json["access_token"], headers={"X-Pictory-User-Id": client.user_id}
    )
    assert ended.status == 401


def test_oauth_client_that_was_revoked_takes_its_tokens_along(pictory: "Pictory") -> None:
    client = pictory.admin.issue_client()
    token = _token(pictory, client.client_id, client.client_secret)
    pictory.admin.revoke(client.id)
    assert pictory.call("GET", QUOTA, key=token, headers={"X-Pictory-User-Id": client.user_id}).status == 401


def test_oauth_token_with_a_wrong_secret_is_refused(pictory: "Pictory") -> None:
    client = pictory.admin.issue_client()
    body = {"client_id": client.client_id, "client_secret": "wrong"}
    assert pictory.call("POST", "/v1/oauth2/token", body=body).status == 401


def test_requests_seen_name_the_key_and_show_no_value(pictory: "Pictory") -> None:
    issued = pictory.admin.issue_key()
    pictory.call("GET", QUOTA, key=issued.api_key, headers={"X-Caller": "value-of-a-header"})
    (seen,) = pictory.admin.requests()
    assert (seen.key_id, seen.operation, seen.status) == (issued.id, "account.quota", 200)
    assert "x-caller" in seen.headers
    text = repr(seen)
    assert issued.api_key not in text
    assert "value-of-a-header" not in text
    assert issued.api_key not in repr(issued)
