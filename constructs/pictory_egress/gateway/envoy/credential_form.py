"""A credential has one spelling, alone or after Bearer: whoever holds it cannot be counted as many callers.

Base64 has several spellings of the same bytes, of which decoders take most. An ES256 signature (r, s) has a twin,
(r, n - s), that verifies as well, and anybody can compute it. The firewall counts requests by the credential as it is
written, so that each spelling would have a rate of its own.
"""

import base64
from collections.abc import Mapping
from typing import Final

from pictory_egress.gateway.envoy.shapes import Json, all_of, any_of, extension
from pictory_egress.gateway.settings import GatewaySettings
from pictory_egress.identity import TOKEN_TYPE

_LETTER: Final = "[A-Za-z0-9_-]"
# The last letter of a segment that ends amid a byte: its unused bits are zero.
_TWO_BITS, _FOUR_BITS = "[AQgw]", "[AEIMQUYcgkosw048]"
_SEGMENT: Final = f"(?:{_LETTER}{{4}})*(?:{_LETTER}{{4}}|{_LETTER}{_TWO_BITS}|{_LETTER}{{2}}{_FOUR_BITS})"
# 64 bytes. Letter 42 holds the last four bits of r and the first two of s. The first of these is zero in the lower s.
_LOW: Final = "[ABEFIJMNQRUVYZcdghklopstwx014589]"
_ES256: Final = f"{_LETTER}{{42}}{_LOW}{_LETTER}{{42}}{_TWO_BITS}"

# The built-in issuer's tokens begin with this, so that a pattern can tell them apart.
_HEADER: Final = f'{{"alg":"ES256","typ":"{TOKEN_TYPE}",'.encode()
_BEGINNING: Final = base64.urlsafe_b64encode(_HEADER).decode()[: len(_HEADER) // 3 * 4]

_ANY_TOKEN: Final = rf"{_SEGMENT}\.{_SEGMENT}\.{_SEGMENT}"
_BUILT_IN_TOKEN: Final = rf"{_SEGMENT}\.{_SEGMENT}\.{_ES256}"

_SIGN: Final = "[A-Za-z0-9+/]"
BASE64: Final = f"(?:{_SIGN}{{4}})*(?:{_SIGN}{{4}}|{_SIGN}[AQgw]==|{_SIGN}{{2}}[AEIMQUYcgkosw048]=)"
"""RE2 pattern of bytes in base64, in the one spelling that they have with padding."""

AUTHORIZATION: Final = {"authorization": "(?:Bearer )?TOKEN"}
"""A client's credential at the API's listener."""


def credential_form(*, settings: GatewaySettings, forms: Mapping[str, str]) -> Json:
    """The filter that refuses a credential that is spelled in another way than the one.

    ``forms`` are RE2 patterns of headers, by name, with ``TOKEN`` where the token stands. A header that is missing or
    empty is left to the filter that verifies. Where companies' own issuers are known, whose algorithms have signatures
    of other lengths, only a token that begins like the built-in issuer's needs the form of that one.
    """
    rules = [rule for name, form in forms.items() for rule in _misspelled(name, form, settings)]
    # The policy's name is the code of the refusal.
    policy = {"permissions": [any_of("rules", rules)], "principals": [{"any": True}]}
    return extension(
        "credential_form",
        "envoy.extensions.filters.http.rbac.v3.RBAC",
        rules={"action": "DENY", "policies": {"credential_malformed": policy}},
    )


def _misspelled(name: str, form: str, settings: GatewaySettings) -> list[Json]:
    def has(token: str) -> Json:
        regex = f"(?:{form.replace('TOKEN', token)})?"
        return {"header": {"name": name, "string_match": {"safe_regex": {"regex": regex}}}}

    # Not by a pattern for any value: in a pattern no dot stands for a line feed, which a user in Basic may have.
    present = {"header": {"name": name, "present_match": True}}
    if not settings.issuers:
        return [all_of(present, {"not_rule": has(_BUILT_IN_TOKEN)})]
    built_in = has(f"{_BEGINNING}.*")
    return [
        all_of(present, {"not_rule": has(_ANY_TOKEN)}),
        all_of(built_in, {"not_rule": has(_BUILT_IN_TOKEN)}),
    ]
