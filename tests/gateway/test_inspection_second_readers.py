"""Texts that readers cut differently, texts that are costly to look at, and grants that must not mix."""

from typing import Any, Final

import pytest

from pictory_egress.gateway.runtime.inspection.rules import Rules
from pictory_egress.gateway.settings import Client
from tests.gateway.checking import outcome, rules_of

_CLIENT: Final = Client(name="studio", permissions=("videos.render",), allowed_hosts=("hooks.example.com",))


@pytest.fixture
def rules() -> Rules:
    """Of an inspector that has seen no body yet."""
    return rules_of(_CLIENT)


@pytest.mark.parametrize(
    "story",
    [
        # An XML parser sees a comment, an instruction or a section, and a tag behind it.
        '<speak><!-- " --><audio desc=" >" src="https://evil.net/x"/></speak>',
        "<speak><!-- it's --><audio desc='>' src='https://evil.net/x'/></speak>",
        '<speak><?x " ?><audio desc=" >" src="https://evil.net/x"/></speak>',
        '<speak><![CDATA["]]><audio desc=" >" src="https://evil.net/x"/></speak>',
        # An HTML parser takes a quote for one after "=" only.
        '<img b"c="d>e" src=//evil.net/x>',
        '<i a=="><img b="> " src=//evil.net/x>',
        "<i x'><script>'>1;fetch('https://evil.net/x')</script>",
        # Markdown counts the brackets; style sheets and templates know quotes.
        "![x](https://hooks.example.com(a)@evil.net/x.png)",
        "![a[b]c](https://evil.net/x.png)",
        "![x][a\\]b]\n\n[a\\]b]: https://evil.net/x",
        'url("https://hooks.example.com)@evil.net/x")',
        "{{ '}' + get('https://evil.net/x') }}",
    ],
)
def test_story_when_readers_would_cut_it_differently_then_refused(rules: Rules, story: str) -> None:
    assert outcome({"scenes": [{"story": story}]}, rules=rules) in {
        "body_host_not_allowed",
        "body_url_invalid",
    }


@pytest.mark.parametrize(
    "story",
    [
        "Hi {{customer.name}}, welcome to example.org/x",
        '<?xml version="1.0"?><speak>See example.org/x</speak>',
        "Open https://[2001:db8::1]:8443/ now.",
    ],
)
def test_story_when_it_only_speaks_then_it_passes(rules: Rules, story: str) -> None:
    assert outcome({"scenes": [{"story": story}]}, rules=rules) == "ok"


@pytest.mark.parametrize(
    "text",
    [
        "https: @secret.evil.net",
        "http:  a b@evil.net",
        "https://hooks.example.com,\u4e2d\u3002\xe9\u3002\u4e2d\u56fd",
    ],
)
def test_url_when_a_browser_reads_more_into_its_host_then_refused(rules: Rules, text: str) -> None:
    assert outcome({"x": text}, rules=rules) == "body_url_invalid"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"x": "\u0301" * 15000 + "\u0316" * 15000}, "body_too_complex"),
        ({"é" + "\u0301" * 31: 1}, "body_too_complex"),
        ({"scenes": [{"story": "<a " * 21000}]}, "body_too_complex"),
        ({"x": "&#" + "1" * 4301}, "body_url_invalid"),
        (b'{"a":' + b"[" * 991 + b'"\\ud83d\\ude00"' + b"]" * 991 + b"}", "body_too_complex"),
    ],
)
def test_body_when_it_would_cost_much_or_break_a_parser_then_refused(
    rules: Rules, body: Any, code: str
) -> None:
    assert outcome(body, rules=rules) == code


def test_key_when_one_client_may_name_its_host_then_another_still_may_not(rules: Rules) -> None:
    body = {"variables": {"https://hooks.example.com/in?d=1": True}}
    assert outcome(body, rules=rules, client="another") == "body_host_not_allowed"
    assert outcome(body, rules=rules) == "ok"
    assert outcome(body, rules=rules, client="another") == "body_host_not_allowed"
