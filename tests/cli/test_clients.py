"""``clients``: credentials that the gateway can verify, for clients that the environment knows, and taken back."""

import base64
import json
import threading
import time
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pictory_egress import identity
from pictory_egress.gateway.registry import EXPIRY, PARTITION_KEY, SORT_KEY
from pictory_egress.gateway.runtime import records
from tests.cli.conftest import ACCOUNT, REGION, Run

ALIAS = "alias/pictory-egress-sandbox-signing-1"
TABLE = "pictory-egress-sandbox-clients"
DAY = 86_400


@pytest.fixture
def public_key(account: None) -> EllipticCurvePublicKey:
    """The account with the sandbox's signing key and registry."""
    client = boto3.client("kms", region_name=REGION)
    made = client.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    client.create_alias(AliasName=ALIAS, TargetKeyId=made["KeyMetadata"]["KeyId"])
    key = load_der_public_key(client.get_public_key(KeyId=ALIAS)["PublicKey"])
    assert isinstance(key, EllipticCurvePublicKey)
    make_registry()
    return key


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the commands have waited, without waiting."""
    waited: list[float] = []
    own, sleep = threading.current_thread(), time.sleep

    def note(seconds: float) -> None:
        # Servers of other tests may run on in this process.
        waited.append(seconds) if threading.current_thread() is own else sleep(seconds)

    monkeypatch.setattr("time.sleep", note)
    return waited


def make_registry() -> None:
    boto3.client("dynamodb", region_name=REGION).create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": PARTITION_KEY, "AttributeType": "S"},
            {"AttributeName": SORT_KEY, "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": PARTITION_KEY, "KeyType": "HASH"},
            {"AttributeName": SORT_KEY, "KeyType": "RANGE"},
        ],
    )


def listed(run: Run) -> list[dict[str, str]]:
    ended = run("clients", "list", "--environment", "sandbox")
    assert ended.status == 0, ended.err
    head, *rows = (line.split(maxsplit=5) for line in ended.out.splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def issue(run: Run, name: str = "dashboard") -> dict[str, Any]:
    """Claims of a new credential."""
    ended = run("clients", "issue", name, "--environment", "sandbox")
    assert ended.status == 0, ended.err
    return _claims(ended.out)


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _claims(token: str) -> dict[str, Any]:
    return dict(json.loads(_decoded(token.split(".")[1])))


def test_issue_when_the_client_is_known_prints_a_credential_that_verifies(
    run: Run, public_key: EllipticCurvePublicKey
) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert ended.status == 0, ended.err
    (token,) = ended.out.splitlines()
    signed, _, signature = token.rpartition(".")
    raw = _decoded(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public_key.verify(der, signed.encode(), ECDSA(hashes.SHA256()))
    claims = _claims(token)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (
        "pictory-egress:sandbox",
        "pictory-egress",
        "dashboard",
    )
    assert claims["exp"] - claims["iat"] == 90 * DAY
    assert abs(claims["iat"] - time.time()) < 300


def test_issue_when_days_are_given_is_valid_for_these(run: Run, public_key: EllipticCurvePublicKey) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox", "--days", "7")
    claims = _claims(ended.out)
    assert claims["exp"] - claims["iat"] == 7 * DAY


@pytest.mark.parametrize("days", ["0", "-1", "91"])
def test_issue_when_days_are_beyond_the_settings_is_refused(
    run: Run, public_key: EllipticCurvePublicKey, days: str
) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox", f"--days={days}")
    assert (ended.status, ended.out) == (2, "")
    assert "1 to 90 days (gateway.token_max_days)" in ended.err


def test_issue_when_the_client_is_unknown_is_refused_with_those_that_are(
    run: Run, public_key: EllipticCurvePublicKey
) -> None:
    ended = run("clients", "issue", "nobody", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "client 'nobody' is not in environment 'sandbox'" in ended.err
    assert "dashboard" in ended.err


@pytest.mark.usefixtures("account")
def test_issue_when_nothing_is_deployed_says_so(run: Run) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert f"no table '{TABLE}' in this region: deploy the environment first" in ended.err
    make_registry()
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert f"no signing key '{ALIAS}' in this region: deploy the environment first" in ended.err


@pytest.mark.usefixtures("account")
def test_issue_when_the_key_is_of_another_kind_is_refused(run: Run) -> None:
    client = boto3.client("kms", region_name=REGION)
    make_registry()
    made = client.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    client.create_alias(AliasName=ALIAS, TargetKeyId=made["KeyMetadata"]["KeyId"])
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "RSA_2048" in ended.err


@pytest.mark.usefixtures("public_key")
def test_issue_when_done_has_registered_who_what_and_until_when_and_has_waited_for_the_tasks(
    run: Run, pauses: list[float]
) -> None:
    claims = issue(run)
    (row,) = listed(run)
    assert (row["CLIENT"], row["JTI"], row["STATE"], row["KEY"]) == ("dashboard", claims["jti"], "live", "1")
    assert row["ISSUED"] < row["EXPIRES"]
    assert pauses == [5.0]


@pytest.mark.usefixtures("public_key")
def test_registry_when_a_credential_was_issued_holds_metadata_and_nothing_that_lets_anybody_in(
    run: Run,
) -> None:
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=TABLE)["Items"]
    (item,) = [item for item in items if item["kind"]["S"] == records.CREDENTIAL]
    assert set(item) == {"kind", "id", "client", "jti", "kid", "issued_by", "issued_at", "expires_at"}
    assert ACCOUNT in item["issued_by"]["S"]
    signature = ended.out.strip().rpartition(".")[2]
    assert signature not in json.dumps(items)


@pytest.mark.usefixtures("public_key")
def test_issue_when_two_are_live_is_refused_with_both_and_what_to_do(run: Run) -> None:
    first, second = issue(run)["jti"], issue(run)["jti"]
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    for part in (first, second, "revoke the one that it no longer uses", "clients revoke dashboard JTI"):
        assert part in ended.err
    # Another client has its own two, and one taken back makes room.
    issue(run, "video-pipeline")
    assert run("clients", "revoke", "dashboard", first, "--environment", "sandbox").status == 0
    issue(run)


@pytest.mark.usefixtures("public_key")
def test_issue_when_an_earlier_one_has_expired_counts_only_what_is_live(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(run)
    issue(run)
    now = time.time()
    monkeypatch.setattr("time.time", lambda: now + 91 * DAY)
    issue(run)
    assert [row["STATE"] for row in listed(run)] == ["expired", "expired", "live"]


@pytest.mark.usefixtures("public_key")
def test_issue_when_another_operator_is_quicker_then_nothing_is_lost_and_the_limit_holds(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    other: list[str] = []
    real = identity.issue

    def slow(*arguments: Any, **options: Any) -> identity.Issued:
        issued = real(*arguments, **options)
        if len(other) < 2:
            other.append(options["client"])
            # Somebody issues another one between our reading and our writing.
            assert run("clients", "issue", "dashboard", "--environment", "sandbox").status == 0
        return issued

    monkeypatch.setattr(identity, "issue", slow)
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "has 2 live credentials" in ended.err
    assert len(listed(run)) == 2


@pytest.mark.usefixtures("public_key")
def test_revoke_when_given_an_id_takes_that_one_back_and_keeps_its_first_time(run: Run) -> None:
    first, second = issue(run)["jti"], issue(run)["jti"]
    ended = run("clients", "revoke", "dashboard", first, "--environment", "sandbox")
    assert ended.out == f"revoked: dashboard {first}; every task refuses it within 5 seconds\n"
    assert {row["JTI"]: row["STATE"] for row in listed(run)} == {first: "revoked", second: "live"}
    again = run("clients", "revoke", "dashboard", first, "--environment", "sandbox")
    assert (again.status, "nothing to revoke" in again.out) == (0, True)


@pytest.mark.usefixtures("public_key")
def test_revoke_when_all_are_meant_takes_every_one_of_the_client_and_nobody_elses(run: Run) -> None:
    issue(run)
    issue(run)
    issue(run, "video-pipeline")
    assert (
        run("clients", "revoke", "dashboard", "--all", "--environment", "sandbox").out.count("revoked: ") == 2
    )
    assert [row["CLIENT"] for row in listed(run) if row["STATE"] == "live"] == ["video-pipeline"]


@pytest.mark.usefixtures("public_key")
def test_revoke_when_there_is_no_such_credential_is_refused_with_those_there_are(run: Run) -> None:
    jti = issue(run)["jti"]
    ended = run("clients", "revoke", "dashboard", "0", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert jti in ended.err
    assert run("clients", "revoke", "dashboard", "--environment", "sandbox").status == 2
    assert run("clients", "revoke", "dashboard", jti, "--all", "--environment", "sandbox").status == 2


@pytest.mark.usefixtures("public_key")
def test_list_when_nothing_was_issued_says_so(run: Run) -> None:
    assert run("clients", "list", "--environment", "sandbox").out == "none was issued\n"


@pytest.mark.usefixtures("public_key")
def test_rotate_key_when_the_file_names_one_key_says_what_to_do(run: Run) -> None:
    ended = run("clients", "rotate-key", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "has one signing key, '1': add the next one's name to gateway.signing_keys, deploy" in ended.err
    ended = run("clients", "retire-key", "1", "--environment", "sandbox")
    assert "key '1' signs new credentials" in ended.err


@pytest.mark.usefixtures("public_key")
def test_registry_when_it_holds_what_is_no_record_then_no_change_is_made(run: Run) -> None:
    item = {"kind": {"S": records.CREDENTIAL}, "id": {"S": "dashboard/1"}}
    boto3.client("dynamodb", region_name=REGION).put_item(TableName=TABLE, Item=item)
    ended = run("clients", "issue", "dashboard", "--environment", "sandbox")
    assert (ended.status, ended.out) == (2, "")
    assert "1 item(s) that are no records of credentials" in ended.err


def test_table_when_made_has_the_keys_that_records_are_written_with() -> None:
    assert (PARTITION_KEY, SORT_KEY, EXPIRY) == (records.KIND, records.ID, records.EXPIRES)
