"""AWS WAF as it decides: the deployed web ACL, compiled and evaluated request by request."""

from sandbox.front.waf.acl import Decision, WebAcl, compile_web_acl
from sandbox.front.waf.errors import UnsupportedError
from sandbox.front.waf.request import WafRequest

__all__ = ["Decision", "UnsupportedError", "WafRequest", "WebAcl", "compile_web_acl"]
