"""What Envoy's parser takes, and somebody behind it may read in another way: refused before anything else is asked."""

from typing import Final

from pictory_egress.gateway.envoy.shapes import Json, any_of, extension

# A name or an address, with a port or without. Envoy joins several Host headers with commas.
_ONE_HOST: Final = r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?"
# In octal, to some.
_LEADING_ZERO: Final = "0[0-9]+"


def request_validation() -> Json:
    """The filter that refuses a Host that is not one host, and a length that begins with a zero."""
    host = {"name": ":authority", "string_match": {"safe_regex": {"regex": _ONE_HOST}}, "invert_match": True}
    length = {"name": "content-length", "string_match": {"safe_regex": {"regex": _LEADING_ZERO}}}
    # The policy's name is the code of the refusal.
    policy = {
        "permissions": [any_of("rules", [{"header": host}, {"header": length}])],
        "principals": [{"any": True}],
    }
    return extension(
        "request_validation",
        "envoy.extensions.filters.http.rbac.v3.RBAC",
        rules={"action": "DENY", "policies": {"request_invalid": policy}},
    )
