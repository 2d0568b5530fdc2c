"""Application Auto Scaling's tags, which moto does not keep."""

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core.exceptions import JsonRESTError

from sandbox.aws.patching import action, replace


def install() -> None:
    """Teach moto the tags of scalable targets."""

    @replace(ApplicationAutoScalingResponse)
    def register_scalable_target(response: Any, *, original: Any) -> str:
        answer: str = original(response)
        tags = response._get_param("Tags") or {}
        _tags(response, json.loads(answer)["ScalableTargetARN"]).update(tags)
        return answer

    @replace(ApplicationAutoscalingBackend)
    def deregister_scalable_target(
        backend: Any, namespace: str, r_id: str, dimension: str, *, original: Any
    ) -> None:
        target = backend.targets.get(dimension, {}).get(r_id)
        original(backend, namespace, r_id, dimension)
        vars(backend).setdefault("target_tags", {}).pop(target.arn, None)

    @action(ApplicationAutoScalingResponse)
    def list_tags_for_resource(response: Any) -> str:
        return json.dumps({"Tags": _tags(response, response._get_param("ResourceARN"))})

    @action(ApplicationAutoScalingResponse)
    def tag_resource(response: Any) -> str:
        _tags(response, response._get_param("ResourceARN")).update(response._get_param("Tags"))
        return "{}"

    @action(ApplicationAutoScalingResponse)
    def untag_resource(response: Any) -> str:
        tags = _tags(response, response._get_param("ResourceARN"))
        for key in response._get_param("TagKeys"):
            tags.pop(key, None)
        return "{}"


def _tags(response: Any, arn: str) -> dict[str, str]:
    backend = response.applicationautoscaling_backend
    known = {target.arn for targets in backend.targets.values() for target in targets.values()}
    if arn not in known:
        raise JsonRESTError("ResourceNotFoundException", f"No scalable target found for ARN {arn}.")
    tags: dict[str, str] = vars(backend).setdefault("target_tags", {}).setdefault(arn, {})
    return tags
