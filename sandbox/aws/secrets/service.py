"""Secrets Manager's API over the rules of this package, put in place of moto's actions."""

import base64
import json
import secrets as random
import string
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.secretsmanager.responses import SecretsManagerResponse

from sandbox.aws.cloudtrail import record_call
from sandbox.aws.patching import action
from sandbox.aws.secrets import schedule
from sandbox.aws.secrets.rotation import Rotator
from sandbox.aws.secrets.store import Rotation, Secret, SecretStore, version_summary
from sandbox.aws.secrets.versions import (
    CURRENT,
    SecretError,
    SecretValue,
    invalid_parameter,
    invalid_request,
)

_STORES: dict[tuple[str, str], SecretStore] = defaultdict(SecretStore)
_ANSWER_404 = {"ResourceNotFoundException"}


def store_of(account: str, region: str) -> SecretStore:
    """The secrets of one account and region."""
    return _STORES[account, region]


def install(rotator: Rotator) -> None:
    """Answer Secrets Manager's actions from here; ``rotator`` runs the rotations."""

    def answers(handler: Callable[[dict[str, Any], Any], Any]) -> None:
        @wraps(handler)
        def method(response: Any) -> str:
            request, refused = json.loads(response.body or "{}"), None
            try:
                with rotator.lock:
                    _store(response).expire(time.time())
                    return json.dumps(handler(request, response) or {})
            except SecretError as error:
                refused = error.code
                failure = JsonRESTError(error.code, error.message)
                failure.code = 404 if error.code in _ANSWER_404 else 400
                raise failure from None
            finally:
                record_call(
                    account=response.current_account,
                    region=response.region,
                    access_key=response.access_key,
                    name=response._get_action(),
                    request=request,
                    error=refused,
                )

        action(SecretsManagerResponse)(method)

    for handler in (
        create_secret, describe_secret, get_secret_value, batch_get_secret_value, put_secret_value,
        update_secret, update_secret_version_stage, list_secret_version_ids, list_secrets, delete_secret,
        restore_secret, tag_resource, untag_resource, get_resource_policy, put_resource_policy,
        delete_resource_policy, cancel_rotate_secret,
    ):  # fmt: skip
        answers(handler)

    def rotate_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
        return _rotate_secret(request, response, rotator)

    answers(rotate_secret)


def create_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """CreateSecret; without a value no version is made."""
    store, now, value = _store(response), time.time(), _value(request)
    token = _token(request)
    try:
        known = store.living(request["Name"])
    except SecretError:
        known = None
    if known and value is not None and "ClientRequestToken" in request and token in known.versions.by_id:
        known.versions.put(token=token, value=value, now=now)  # the same call again, or a refusal
        return _identity(known, token)
    suffix = "".join(random.choice(string.ascii_letters) for _ in range(6))
    place = f"{response.region}:{response.current_account}"
    arn = f"arn:aws:secretsmanager:{place}:secret:{request['Name']}-{suffix}"
    secret = Secret(
        request["Name"], arn, now, now, request.get("Description", ""), request.get("KmsKeyId"),
        {tag["Key"]: tag["Value"] for tag in request.get("Tags") or []},
    )  # fmt: skip
    if request.get("AddReplicaRegions"):
        raise invalid_parameter("AddReplicaRegions: the local AWS replicates no secrets.")
    if value is not None:
        secret.versions.put(token=token, value=value, now=now)
    store.add(secret)
    return _identity(secret, token if value is not None else None)


def describe_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """DescribeSecret, of deleted secrets too."""
    return _store(response).find(request["SecretId"]).describe()


def get_secret_value(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """GetSecretValue by version id, staging label, both or neither."""
    secret = _store(response).living(request["SecretId"])
    version = secret.versions.get(version_id=request.get("VersionId"), label=request.get("VersionStage"))
    secret.accessed = version.accessed = time.time() // 86_400 * 86_400
    out = _identity(secret, version.id) | {
        "VersionStages": sorted(version.labels),
        "CreatedDate": version.created,
    }
    if isinstance(version.value, bytes):
        return out | {"SecretBinary": base64.b64encode(version.value).decode()}
    return out | {"SecretString": version.value}


def batch_get_secret_value(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """BatchGetSecretValue by a list of ids."""
    values, errors = [], []
    for secret_id in request.get("SecretIdList") or []:
        try:
            values.append(get_secret_value({"SecretId": secret_id}, response))
        except SecretError as error:
            errors.append({"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message})
    return {"SecretValues": values, "Errors": errors}


def put_secret_value(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """PutSecretValue; without VersionStages the new version becomes AWSCURRENT."""
    secret, token, value = _store(response).living(request["SecretId"]), _token(request), _value(request)
    if value is None:
        raise invalid_request("You must provide either SecretString or SecretBinary.")
    labels = request.get("VersionStages") or [CURRENT]
    version = secret.versions.put(token=token, value=value, labels=labels, now=time.time())
    secret.changed = time.time()
    return _identity(secret, token) | {"VersionStages": sorted(version.labels)}


def update_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """UpdateSecret: description, key, and a new AWSCURRENT version when a value is given."""
    secret, token, value = _store(response).living(request["SecretId"]), _token(request), _value(request)
    if value is not None:
        secret.versions.put(token=token, value=value, now=time.time())
    secret.description = request.get("Description", secret.description)
    secret.kms_key_id = request.get("KmsKeyId", secret.kms_key_id)
    secret.changed = time.time()
    return _identity(secret, token if value is not None else None)


def update_secret_version_stage(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """UpdateSecretVersionStage."""
    secret = _store(response).living(request["SecretId"])
    secret.versions.move_label(
        label=request["VersionStage"],
        remove_from=request.get("RemoveFromVersionId"),
        move_to=request.get("MoveToVersionId"),
        now=time.time(),
    )
    secret.changed = time.time()
    return _identity(secret)


def list_secret_version_ids(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """ListSecretVersionIds, deprecated ones on request."""
    secret = _store(response).find(request["SecretId"])
    rows = version_summary(secret, include_deprecated=bool(request.get("IncludeDeprecated")))
    return _identity(secret) | {"Versions": rows}


def list_secrets(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """ListSecrets, in one page; of the filters, ``name`` is known."""
    rows = []
    filters = request.get("Filters") or []
    if unknown := {f["Key"] for f in filters} - {"name"}:
        raise invalid_parameter(f"Filters: the local AWS knows name only, not {', '.join(sorted(unknown))}.")
    for secret in _store(response):
        if secret.deleted is not None and not request.get("IncludePlannedDeletion"):
            continue
        if all(any(secret.name.startswith(v) for v in f["Values"]) for f in filters):
            row = secret.describe()
            row["SecretVersionsToStages"] = row.pop("VersionIdsToStages", {})
            rows.append(row)
    return {"SecretList": rows}


def delete_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """DeleteSecret, at once or after a recovery window of 7 to 30 days."""
    store, now = _store(response), time.time()
    days, force = request.get("RecoveryWindowInDays"), bool(request.get("ForceDeleteWithoutRecovery"))
    if days is not None and (force or not 7 <= int(days) <= 30):
        raise invalid_parameter("RecoveryWindowInDays: 7 to 30, and not with ForceDeleteWithoutRecovery.")
    try:
        secret = store.find(request["SecretId"]) if force else store.living(request["SecretId"])
    except SecretError as error:
        if force and error.code == "ResourceNotFoundException":  # AWS forgives this one
            return {"Name": request["SecretId"], "DeletionDate": now}
        raise
    if secret.rotation:
        secret.rotation.running = None
    if force:
        store.remove(secret)
        return _identity(secret) | {"DeletionDate": now}
    secret.deleted = now + int(days or 30) * 86_400
    return _identity(secret) | {"DeletionDate": secret.deleted}


def restore_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """RestoreSecret."""
    secret = _store(response).find(request["SecretId"])
    secret.deleted = None
    return _identity(secret)


def tag_resource(request: dict[str, Any], response: Any) -> None:
    """TagResource."""
    secret = _store(response).living(request["SecretId"])
    secret.tags |= {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    secret.changed = time.time()


def untag_resource(request: dict[str, Any], response: Any) -> None:
    """UntagResource."""
    secret = _store(response).living(request["SecretId"])
    for key in request["TagKeys"]:
        secret.tags.pop(key, None)
    secret.changed = time.time()


def get_resource_policy(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """GetResourcePolicy."""
    secret = _store(response).find(request["SecretId"])
    return _identity(secret) | ({"ResourcePolicy": secret.policy} if secret.policy else {})


def put_resource_policy(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """PutResourcePolicy; the policy is kept, and read by nothing here."""
    secret = _store(response).living(request["SecretId"])
    try:
        json.loads(request["ResourcePolicy"])
    except ValueError:
        raise SecretError("MalformedPolicyDocumentException", "This resource policy is no JSON.") from None
    secret.policy, secret.changed = request["ResourcePolicy"], time.time()
    return _identity(secret)


def delete_resource_policy(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """DeleteResourcePolicy."""
    secret = _store(response).living(request["SecretId"])
    secret.policy, secret.changed = None, time.time()
    return _identity(secret)


def cancel_rotate_secret(request: dict[str, Any], response: Any) -> dict[str, Any]:
    """CancelRotateSecret: no schedule, no further step; labels stay as the rotation left them."""
    secret = _store(response).living(request["SecretId"])
    if secret.rotation is None:
        raise invalid_request(
            "You tried to cancel the rotation of a secret that has no Lambda function ARN configured."
        )
    running, secret.rotation.running = secret.rotation.running, None
    secret.rotation.enabled, secret.changed = False, time.time()
    return _identity(secret, running)


def _rotate_secret(request: dict[str, Any], response: Any, rotator: Rotator) -> dict[str, Any]:
    secret, token = _store(response).living(request["SecretId"]), _token(request)
    known = secret.rotation
    function_arn = request.get("RotationLambdaARN") or (known.function_arn if known else None)
    if not function_arn:
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    rules = request.get("RotationRules")
    plan = schedule.parse(rules) if rules else (known.schedule if known else None)
    rotator.check(function_arn=function_arn, secret=secret)
    running = known.running if known else None
    before = secret.rotation
    secret.rotation = Rotation(function_arn, plan, running=running)
    try:
        if request.get("RotateImmediately", True):
            rotator.start(secret, token=token)
        else:
            rotator.test(secret, token=token)
    except SecretError:
        secret.rotation = before
        raise
    secret.changed = time.time()
    return _identity(secret, token)


def _store(response: Any) -> SecretStore:
    return store_of(response.current_account, response.region)


def _identity(secret: Secret, version_id: str | None = None) -> dict[str, Any]:
    return {"ARN": secret.arn, "Name": secret.name} | ({"VersionId": version_id} if version_id else {})


def _value(request: dict[str, Any]) -> SecretValue | None:
    text, binary = request.get("SecretString"), request.get("SecretBinary")
    if text is not None and binary is not None:
        raise invalid_parameter("You can't specify both a binary secret value and a string secret value.")
    return base64.b64decode(binary) if binary is not None else text


def _token(request: dict[str, Any]) -> str:
    token = str(request.get("ClientRequestToken") or uuid.uuid4())
    if not 32 <= len(token) <= 64:
        raise invalid_parameter("ClientRequestToken must be 32-64 characters long.")
    return token
