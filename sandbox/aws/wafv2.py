"""Web ACLs: the data protection of sampled requests and logs, which moto leaves out."""

import json
from typing import Any

from moto.wafv2.models import FakeWebACL
from moto.wafv2.responses import WAFV2Response

from sandbox.aws.patching import replace

_FIELD = "DataProtectionConfig"


def install() -> None:
    """Keep a web ACL's data protection, and give it back."""

    @replace(WAFV2Response)
    def create_web_acl(response: Any, *, original: Any) -> Any:
        answer = original(response)
        _keep(response, json.loads(answer[2])["Summary"]["Id"])
        return answer

    @replace(WAFV2Response)
    def update_web_acl(response: Any, *, original: Any) -> Any:
        answer = original(response)
        _keep(response, json.loads(response.body)["Id"])
        return answer

    @replace(FakeWebACL)
    def to_dict(web_acl: Any, *, original: Any) -> Any:
        return original(web_acl) | {_FIELD: getattr(web_acl, "data_protection_config", None)}


def _keep(response: Any, id_: str) -> None:
    config = json.loads(response.body).get(_FIELD)
    for web_acl in response.wafv2_backend.wacls.values():
        if web_acl.id == id_:
            web_acl.data_protection_config = config
