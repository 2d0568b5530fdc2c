"""The sidecar's smaller parts: its settings, tokens for clients, its interface, health, and draining."""

import http.client
import io
import json
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from pictory_egress.gateway.packing import pack
from pictory_egress.gateway.runtime import health, prepare
from pictory_egress.gateway.runtime.__main__ import main
from pictory_egress.gateway.runtime.credential import OAuthClient
from pictory_egress.gateway.runtime.drain import drain
from pictory_egress.gateway.runtime.envoy_admin import EnvoyAdmin
from pictory_egress.gateway.runtime.http_socket import request
from pictory_egress.gateway.runtime.keys import PublicKeys
from pictory_egress.gateway.runtime.log import Log
from pictory_egress.gateway.runtime.oauth import TokenEndpoint, TokenRefusedError
from pictory_egress.gateway.runtime.server import serve
from pictory_egress.gateway.runtime.settings import Settings, SettingsError
from pictory_egress.gateway.runtime.volume import Volume

VARIABLES = {
    "AWS_REGION": "eu-west-1", "CREDENTIAL_MODE": "api-key", "DRAIN_SECONDS": "30", "ENVIRONMENT": "test",
    "RUN_DIRECTORY": "run", "SECRET_ARN": "arn:secret", "SIGNING_KEY_ARN": "arn:key", "REGISTRY_TABLE": "clients",
}  # fmt: skip


def test_settings_when_wrong_then_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment({"CREDENTIAL_MODE": "basic", "DRAIN_SECONDS": "soon", "PICTORY_PORT": "0"})
    for name in (
        "AWS_REGION",
        "RUN_DIRECTORY",
        "SECRET_ARN",
        "SIGNING_KEY_ARN",
        "ENVIRONMENT",
        "CREDENTIAL_MODE",
        "DRAIN_SECONDS",
        "PICTORY_PORT",
    ):
        assert name in str(caught.value)  # fmt: skip


def test_command_when_unknown_then_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["destroy"]) == 2
    assert "prepare | run | health | inspect" in capsys.readouterr().err


def test_prepare_when_run_then_envoy_can_start_with_no_credential(tmp_path: Path) -> None:
    packed = {"ENVOY_CONFIGURATION": pack({"node": {"id": "é"}})}
    settings = Settings.from_environment(VARIABLES | packed | {"RUN_DIRECTORY": str(tmp_path / "run")})
    assert prepare.main(settings) == 0
    volume = Volume(tmp_path / "run")
    assert volume.token.read_bytes() == b""
    assert json.loads(volume.configuration.read_bytes()) == {"node": {"id": "é"}}
    assert {path.stat().st_mode & 0o777 for path in volume.directory.iterdir()} == {0o600}
    certificate = x509.load_pem_x509_certificate(volume.tls_certificate.read_bytes())
    certificate.verify_directly_issued_by(certificate)
    [secret] = json.loads(volume.token_secret.read_text())["resources"]
    assert secret["generic_secret"]["secret"]["filename"] == str(volume.token)


def test_replace_when_it_fails_then_the_old_content_stays_and_nothing_is_left(tmp_path: Path) -> None:
    volume = Volume(tmp_path)
    volume.replace(volume.token, b"old")
    with pytest.raises(TypeError):
        volume.replace(volume.token, None)  # type: ignore[arg-type]
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"old"]


# --- tokens for clients -----------------------------------------------------------------------------------

CLIENT = OAuthClient(client_id="id", client_secret="hidden-secret", user_id="user")


@pytest.fixture
def endpoint(upstream: Any, authority: Any) -> TokenEndpoint:
    def connect() -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cadata=authority.pem.decode())
        # Pictory's name, at the stand-in's address.
        context.check_hostname = False
        return http.client.HTTPSConnection(upstream.address, upstream.port, timeout=5, context=context)

    return TokenEndpoint(host="api.pictory.ai", port=443, user_agent="pictory-egress/1", connect=connect)


def test_exchange_when_given_then_the_token_is_asked_for_as_pictory_wants_it(
    endpoint: TokenEndpoint, upstream: Any, kit: Any
) -> None:
    upstream.answer = kit.Answer(body=json.dumps({"access_token": "t", "expires_in": 3600}).encode())
    token = endpoint.exchange(CLIENT)
    [seen] = upstream.received
    assert (seen.method, seen.target) == ("POST", "/pictoryapis/v1/oauth2/token")
    assert json.loads(seen.body) == {"client_id": "id", "client_secret": "hidden-secret"}
    assert seen.header("user-agent") == ["pictory-egress/1"]
    assert token.value == "t"
    assert 0.7 * 3600 <= 3600 - (token.expires_at - token.renew_at) <= 0.8 * 3600
    assert "'t'" not in repr(token)
    assert "hidden" not in repr(CLIENT)


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, b'{"message":"hidden"}', "status_401"),
        (302, b"{}", "status_302"),
        (200, b"hidden", "answer_malformed"),
        (200, b'["hidden"]', "answer_malformed"),
        (200, b'{"expires_in":3600}', "token_malformed"),
        (200, b'{"access_token":"a\\nb","expires_in":3600}', "token_malformed"),
        (200, b'{"access_token":"t"}', "lifetime_malformed"),
        (200, b'{"access_token":"t","expires_in":"3600"}', "lifetime_malformed"),
        (200, b'{"access_token":"t","expires_in":true}', "lifetime_malformed"),
        (200, b" " * 70_000, "answer_malformed"),
    ],
)
def test_exchange_when_refused_or_malformed_then_a_reason_without_anything_of_the_answer(
    endpoint: TokenEndpoint, upstream: Any, kit: Any, status: int, body: bytes, reason: str
) -> None:
    upstream.answer = kit.Answer(status=status, body=body)
    with pytest.raises(TokenRefusedError, match=f"^{reason}$"):
        endpoint.exchange(CLIENT)


def test_exchange_when_the_certificate_is_not_trusted_then_refused(upstream: Any) -> None:
    endpoint = TokenEndpoint(host=upstream.address, port=upstream.port, user_agent="x")
    with pytest.raises(TokenRefusedError, match=r"^connection_SSLCertVerificationError$"):
        endpoint.exchange(CLIENT)
    assert not upstream.received


# --- the interface ----------------------------------------------------------------------------------------


def test_keys_when_kms_fails_once_then_they_are_read_later_and_only_once(
    token_key: Any, tmp_path: Path
) -> None:
    der = token_key.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    answers: list[Any] = [OSError(), {"PublicKey": der}, OSError(), {"PublicKey": der}]

    class Kms:
        def get_public_key(self, KeyId: str) -> Any:  # noqa: N803 - AWS's name
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    def sidecar() -> PublicKeys:
        return PublicKeys(Kms(), "arn:key", Volume(tmp_path))  # type: ignore[arg-type]

    keys = sidecar()
    keys.resume(())
    with pytest.raises(OSError):  # noqa: PT011 - any
        keys.load(())
    assert keys.document is None
    keys.load(())
    keys.load(())
    assert json.loads(keys.document or b"") == {"keys": [token_key.jwk]}
    # A second key that cannot be read takes nothing from the first.
    with pytest.raises(OSError):  # noqa: PT011 - any
        keys.load(("arn:next",))
    assert json.loads(keys.document or b"") == {"keys": [token_key.jwk]}
    keys.load(("arn:key", "arn:next"))
    assert json.loads(keys.document or b"") == {"keys": [token_key.jwk] * 2}
    # A sidecar that is started again serves what is trusted without asking KMS anew.
    again = sidecar()
    again.resume(("arn:next",))
    assert json.loads(again.document or b"") == {"keys": [token_key.jwk]}
    again.load(("arn:key", "arn:next"))
    assert again.document == keys.document


@pytest.mark.parametrize("left", ["", "{", "[]", '{"arn:key":7}', '"x"'])
def test_keys_when_what_was_left_is_broken_then_there_are_none(tmp_path: Path, left: str) -> None:
    volume = Volume(tmp_path)
    volume.signing_keys.write_text(left)
    keys = PublicKeys(None, "arn:key", volume)  # type: ignore[arg-type]
    keys.resume(())
    assert keys.document is None


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_health_when_asked_then_the_exit_status_tells(
    volume: Path, capsys: pytest.CaptureFixture[str], status: int, code: int
) -> None:
    settings = Settings.from_environment(VARIABLES | {"RUN_DIRECTORY": str(volume)})
    assert health.main(settings) == 1
    server = serve(volume / "sidecar.sock", {"/health": lambda: (status, b'{"state":"x"}')})
    try:
        assert health.main(settings) == code
        assert request(volume / "sidecar.sock", "GET", "/other")[0] == 404
        assert (volume / "sidecar.sock").is_socket()
    finally:
        server.shutdown()
        server.server_close()
        (volume / "sidecar.sock").unlink()
    assert '{"state":"x"}' in capsys.readouterr().out


# --- draining ---------------------------------------------------------------------------------------------


class Envoy:
    """Tells a prepared story of requests under way and sent, one part a look."""

    def __init__(self, *story: tuple[int, int] | None) -> None:
        self.story = list(story)
        self.done: list[str] = []

    def fail_health_checks(self) -> bool:
        self.done.append("fail")
        return True

    def drain(self) -> bool:
        self.done.append("drain")
        return True

    def activity(self) -> tuple[int, int] | None:
        return self.story.pop(0) if len(self.story) > 1 else self.story[0]


@pytest.mark.parametrize(
    ("story", "seconds", "ended"),
    [
        ([(0, 5)], 8.0, True),
        ([(3, 5)] * 10 + [(0, 5)], 8.0, True),
        ([(0, 5)] * 5 + [(0, 6)] * 5 + [(0, 7)], 8.0, True),
        ([(1, 5)], 8.0, False),
        ([None], 8.0, True),
        ([(1, 5)], 0.0, False),
    ],
    ids=["idle", "busy at first", "still sent to", "never ends", "no Envoy", "no time"],
)
def test_drain_when_called_then_it_waits_for_quiet_and_no_longer_than_it_may(
    story: Any, seconds: float, ended: bool
) -> None:
    clock = SimpleNamespace(now=0.0)
    envoy: Any = Envoy(*story)

    def sleep(duration: float) -> None:
        clock.now += duration

    written = io.StringIO()
    assert (
        drain(envoy=envoy, seconds=seconds, log=Log(written), clock=lambda: clock.now, sleep=sleep) is ended
    )
    assert envoy.done == ["fail", "drain"]
    assert clock.now <= seconds + 0.3
    if story[0] and story[0][0] == 0:
        # Quiet for a quarter of the time that it has, counted from the last sign of life.
        assert clock.now >= seconds * 0.25 + 0.2 * (len(story) - 1)
    assert json.loads(written.getvalue().splitlines()[-1])["event"] == "drain_ended"


def test_admin_when_envoy_is_gone_then_it_says_so_without_raising(tmp_path: Path) -> None:
    envoy = EnvoyAdmin(tmp_path / "none.sock")
    assert (envoy.fail_health_checks(), envoy.drain()) == (False, False)
    assert (envoy.activity(), envoy.unauthorized()) == (None, None)
