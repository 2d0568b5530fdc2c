"""The WSGI application: moto's, so that what it cannot do ends a caller's run at once with a sentence.

moto answers 500 to an action that it does not know, and to its own defects. SDKs retry a 500; Terraform does
so for ten minutes and more. Here both are answered 400, which nobody retries, in the protocol of the service.
"""

import io
import json
import re
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

import botocore.session
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from sandbox.aws.request_log import RequestLog

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z0-9]+)")
Start = Callable[..., Any]


class Application:
    """moto's application with a request log and final answers."""

    def __init__(self, log: RequestLog) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._log = log

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        began, status = time.monotonic(), [0]
        request = describe(environ)

        def start(line: str, headers: Any, *more: Any) -> Any:
            status[0] = int(line.split(" ", 1)[0])
            return start_response(line, headers, *more)

        try:
            answer: Iterable[bytes] = self._moto(environ, start)
        except Exception as error:  # whatever moto does not catch
            problem = f"{type(error).__name__}: {error}"
            self._log.write(request, status=400, began=began, problem=problem)
            return refuse(request, problem, start_response)
        self._log.write(request, status=status[0], began=began)
        return answer


def describe(environ: dict[str, Any]) -> dict[str, Any]:
    """What a request is, without its parameters: service, region, action, access key, method and path.

    ``invocation`` is the same for every attempt that an SDK makes at one call, and ``attempt`` counts them.
    """
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    scope = _SCOPE.search(authorization)
    key = re.search(r"Credential=([^/]+)/", authorization)
    target = environ.get("HTTP_X_AMZ_TARGET")
    return {
        "service": scope[2] if scope else None,
        "region": scope[1] if scope else None,
        "action": target.rsplit(".", 1)[-1] if target else _query_action(environ),
        "access_key": key[1] if key else None,
        "method": environ["REQUEST_METHOD"],
        "path": environ.get("PATH_INFO", ""),
        "invocation": environ.get("HTTP_AMZ_SDK_INVOCATION_ID"),
        "attempt": environ.get("HTTP_AMZ_SDK_REQUEST"),
    }


def refuse(request: dict[str, Any], problem: str, start_response: Start) -> Iterable[bytes]:
    """A 400 that the SDKs understand and do not retry."""
    what = request["action"] or f"{request['method']} {request['path']}"
    message = f"The local AWS cannot do {request['service']} {what}: {problem}"
    if protocol(request["service"] or "") in ("query", "ec2", "rest-xml"):
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>LocalAwsLimitation</Code>"
            f"<Message>{escape(message)}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
        ).encode()
        kind = "text/xml"
    else:
        body = json.dumps({"__type": "LocalAwsLimitation", "message": message, "Message": message}).encode()
        kind = "application/x-amz-json-1.1"
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("x-amzn-errortype", "LocalAwsLimitation"),
    ]
    start_response("400 Bad Request", headers)
    return [body]


@lru_cache
def protocol(signing_name: str) -> str:
    """The wire protocol of a service, by the name that signs for it."""
    session = botocore.session.get_session()
    names = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2"}
    name = names.get(signing_name, signing_name)
    if name not in session.get_available_services():
        return "json"
    return str(session.get_service_model(name).metadata["protocol"])


def _query_action(environ: dict[str, Any]) -> str | None:
    if "x-www-form-urlencoded" not in environ.get("CONTENT_TYPE", ""):
        return None
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    match = _ACTION.search(body)
    return match[1].decode() if match else None
