"""What the function makes of Pictory's answers, over real TLS on loopback."""

import datetime
import http.server
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pictory_egress.credentials.runtime import pictory
from pictory_egress.credentials.runtime.configuration import Configuration
from pictory_egress.credentials.runtime.credential import Credential, parse_credential

KEY = "pictai_the-key"
API_KEY = parse_credential(json.dumps({"mode": "api-key", "api_key": KEY}))
OAUTH = parse_credential(
    json.dumps({"mode": "oauth", "client_id": "id", "client_secret": "the-secret", "user_id": "ada"})
)
UNAUTHORIZED = (401, {"message": "Unauthorized"})
QUOTA = (200, {"videoMinutes": {"used": 1, "limit": 2}})
TOKEN = (200, {"access_token": "the-token", "expires_in": 3600, "token_type": "Bearer"})


@dataclass
class StandIn:
    """Answers in the order given, the last one for ever; keeps what it was asked."""

    answers: list[tuple[int, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    port: int = 0
    context: ssl.SSLContext | None = None

    def verify(
        self, credential: Credential, *, port: int | None = None, host: str = "127.0.0.1"
    ) -> pictory.Verdict:
        return self.pictory(credential.mode, port=port, host=host).verify(credential)

    def pictory(self, mode: str, *, port: int | None = None, host: str = "127.0.0.1") -> pictory.Pictory:
        configuration = Configuration(
            secret_arn="x", staging_secret_arn="y", mode=mode, candidate_max_age_hours=1, deadline_days=1,
            host=host, port=port or self.port, verify_path="/quota", jobs_path="/jobs", token_path="/token",
            user_agent="ours/1",
        )  # fmt: skip
        return pictory.Pictory(configuration, context=self.context, sleep=self.pauses.append)


def certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem, private = directory / "tls.crt", directory / "tls.key"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, private


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def stand_in(tls: tuple[Path, Path]) -> Iterator[StandIn]:
    state = StandIn(context=ssl.create_default_context(cafile=str(tls[0])))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            state.requests.append(
                {"line": f"{self.command} {self.path}", "headers": dict(self.headers), "body": body}
            )
            status, answer = state.answers.pop(0) if len(state.answers) > 1 else state.answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (QUOTA, "accepted"),
        (UNAUTHORIZED, "refused_by_pictory"),
        ((403, {"message": "Forbidden"}), "refused_by_pictory"),
        ((403, b"<html>error 1010: access denied</html>"), "refused_by_cloudflare"),
        ((403, b"Error 1010"), "refused_by_cloudflare"),
        ((403, b"<html>no</html>"), "unexpected_answer"),
        ((401, b""), "unexpected_answer"),
        ((200, b"<html>sign in to the wireless network</html>"), "unexpected_answer"),
        ((200, b"[1]"), "unexpected_answer"),
        ((200, b"[" * 60_000), "unexpected_answer"),
        ((201, {}), "unexpected_answer"),
        ((302, {}), "unexpected_answer"),
        ((404, {}), "unexpected_answer"),
        ((418, {}), "unexpected_answer"),
    ],
)
def test_answer_that_will_not_change_is_judged_at_once(stand_in: StandIn, answer: Any, reason: str) -> None:
    stand_in.answers = [answer]
    assert stand_in.verify(API_KEY) == pictory.Verdict(reason, answer[0], 1)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [((429, b"slow down"), "rate_limited"), ((500, {}), "unavailable"), ((503, b""), "unavailable")],
)
def test_answer_that_may_change_is_asked_for_three_times(stand_in: StandIn, answer: Any, reason: str) -> None:
    stand_in.answers = [answer]
    assert stand_in.verify(API_KEY) == pictory.Verdict(reason, answer[0], 3)
    assert (len(stand_in.requests), stand_in.pauses) == (3, [2.0, 6.0])


def test_key_accepted_at_the_second_try_is_accepted(stand_in: StandIn) -> None:
    stand_in.answers = [(503, b""), QUOTA]
    assert stand_in.verify(API_KEY) == pictory.Verdict("accepted", 200, 2)


def test_api_key_goes_raw_into_authorization_with_our_user_agent(stand_in: StandIn) -> None:
    stand_in.answers = [QUOTA]
    stand_in.verify(API_KEY)
    (request,) = stand_in.requests
    assert request["line"] == "GET /quota"
    assert (request["headers"]["Authorization"], request["headers"]["User-Agent"]) == (KEY, "ours/1")


def test_oauth_turns_client_id_and_secret_into_a_token_and_sends_it_raw(stand_in: StandIn) -> None:
    stand_in.answers = [TOKEN, QUOTA]
    assert stand_in.verify(OAUTH).reason == "accepted"
    token, quota = stand_in.requests
    assert (token["line"], quota["line"]) == ("POST /token", "GET /quota")
    assert json.loads(token["body"]) == {"client_id": "id", "client_secret": "the-secret"}
    assert "Authorization" not in token["headers"]
    assert quota["headers"]["Authorization"] == "the-token"
    assert quota["headers"]["X-Pictory-User-Id"] == "ada"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ([UNAUTHORIZED], "refused_by_pictory"),
        ([(400, {"code": "INVALID"})], "refused_by_pictory"),
        ([(400, b"<html>")], "unexpected_answer"),
        ([(200, {"token": "x"})], "unexpected_answer"),
        ([(200, {"access_token": ""})], "unexpected_answer"),
        ([(200, {"access_token": 7})], "unexpected_answer"),
        ([(200, {"access_token": "a\r\nX-Evil: b"})], "unexpected_answer"),
        ([(200, {"access_token": "ä"})], "unexpected_answer"),
        ([TOKEN, UNAUTHORIZED], "refused_by_pictory"),
    ],
)
def test_oauth_answer_is_judged(stand_in: StandIn, answers: list[Any], reason: str) -> None:
    stand_in.answers = answers
    assert stand_in.verify(OAUTH).reason == reason


def test_certificate_of_nobody_trusted_ends_it_before_the_key_is_sent(stand_in: StandIn) -> None:
    stand_in.answers = [QUOTA]
    stand_in.context = None
    assert stand_in.verify(API_KEY) == pictory.Verdict("untrusted_certificate")
    assert stand_in.requests == []


def test_certificate_of_another_host_ends_it_before_the_key_is_sent(stand_in: StandIn) -> None:
    stand_in.answers = [QUOTA]
    assert stand_in.verify(API_KEY, host="localhost").reason == "untrusted_certificate"
    assert stand_in.requests == []


def test_nobody_listening_is_unreachable(stand_in: StandIn) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert stand_in.verify(API_KEY, port=unused.getsockname()[1]) == pictory.Verdict(
            "unreachable", None, 3
        )


def test_answer_that_is_no_http_is_unreachable(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("http.client.HTTPConnection.request", lambda self, *a, **k: None)
    monkeypatch.setattr("http.client.HTTPConnection.getresponse", _bad_status_line)
    assert stand_in.verify(API_KEY).reason == "unreachable"


def _bad_status_line(self: Any) -> None:
    import http.client

    raise http.client.BadStatusLine("220 smtp")


JOB = "3f0c2d4e-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
JOBS = (200, {"items": [{"success": True, "data": {"jobId": JOB}}]})
OTHER_JOB = JOB.replace("3", "4")
NEXT_KEY = parse_credential(json.dumps({"mode": "api-key", "api_key": "pictai_the-next"}))


@pytest.mark.parametrize(
    ("answers", "account"),
    [
        ([JOBS, (200, {"job_id": JOB})], "same_account"),
        ([JOBS, (403, {"message": "Forbidden"})], "another_account"),
        ([JOBS, (403, b"error code: 1010")], "account_unknown"),
        ([JOBS, (404, {"error_code": "5000"})], "account_unknown"),
        ([JOBS, (429, {})], "account_unknown"),
        ([JOBS, UNAUTHORIZED], "account_unknown"),
        ([UNAUTHORIZED], "account_unknown"),
        ([(200, {"items": []})], "account_unknown"),
        ([(200, {"items": [{"jobId": "../quota"}]})], "account_unknown"),
        ([(500, {"jobId": JOB})], "account_unknown"),
    ],
)
def test_account_is_another_only_by_pictorys_own_word(
    stand_in: StandIn, answers: list[Any], account: str
) -> None:
    stand_in.answers = list(answers)
    assert stand_in.pictory("api-key").account(API_KEY, NEXT_KEY, None) == account
    tried = 3 if answers[-1][0] == 429 else 1
    assert len(stand_in.requests) == len(answers) - 1 + tried


def test_account_is_asked_about_with_each_key_in_its_turn(stand_in: StandIn) -> None:
    stand_in.answers = [JOBS, (200, {})]
    stand_in.pictory("api-key").account(API_KEY, NEXT_KEY, None)
    asked = [(request["line"], request["headers"]["Authorization"]) for request in stand_in.requests]
    assert asked == [("GET /jobs", KEY), (f"GET /jobs/{JOB}", "pictai_the-next")]


@pytest.mark.parametrize(
    ("answers", "account"),
    [
        ([(200, {"job_id": JOB})], "same_account"),
        ([(503, b""), (200, {"job_id": JOB})], "same_account"),
        ([(403, {"message": "Forbidden"})], "another_account"),
        ([(404, {}), (200, {"items": [{"jobId": OTHER_JOB}]}), (403, {})], "another_account"),
        ([(404, {}), JOBS], "account_unknown"),
        ([(404, {}), UNAUTHORIZED], "account_unknown"),
    ],
)
def test_account_is_told_by_the_noted_job_and_by_the_current_key_when_that_is_gone(
    stand_in: StandIn, answers: list[Any], account: str
) -> None:
    stand_in.answers = list(answers)
    assert stand_in.pictory("api-key").account(API_KEY, NEXT_KEY, JOB) == account
    assert (len(stand_in.requests), stand_in.requests[0]["line"]) == (len(answers), f"GET /jobs/{JOB}")


def test_account_without_a_readable_key_in_use_is_told_by_the_noted_job_alone(stand_in: StandIn) -> None:
    stand_in.answers = [(404, {})]
    assert stand_in.pictory("api-key").account(None, NEXT_KEY, JOB) == "account_unknown"
    assert len(stand_in.requests) == 1


def test_account_of_other_modes_or_out_of_reach_is_unknown(stand_in: StandIn) -> None:
    ask = stand_in.pictory("api-key").account
    assert (ask(OAUTH, API_KEY, None), ask(API_KEY, OAUTH, JOB)) == ("account_unknown", "account_unknown")
    assert stand_in.requests == []
    assert stand_in.pictory("api-key", port=9).account(API_KEY, NEXT_KEY, None) == "account_unknown"
