"""Bodies that name a host which nobody allowed: under any key, at any depth, in any spelling, inside any markup."""

import html
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

EVIL: Final = "collector.evil.example"
"""What no body may name when it leaves."""
ALLOWED: Final = "hooks.example.com"

_SCHEMES: Final = (
    "https://", "http://", "HTTPS://", "hTTp://", "//", "\\\\", "ftp://", "ws://", "wss://", "s3://", "gs://", "file://",
    "gopher://", "ldap://", "x-made-up+scheme.1://", "https:", "http:", "https:/", "https:///", "https:\\\\", "https:\\/",
    "view-source:https://", "feed:https://", "jar:https://", "mailto:me@", "git+ssh://me@", "https://me:secret@",
    f"https://{ALLOWED}@", f"https://{ALLOWED}\\@", f"https://{ALLOWED} @", "",
)  # fmt: skip
_AFTER: Final = ("/in?d=secret", "/", "?d=secret", "#secret", ":8443/in", ":443", "./in", "\\in", "")


def _url(choose: random.Random) -> str:
    scheme = choose.choice(_SCHEMES)
    # A bare name among words is a word; with a path, a port or a query it is a URL without its scheme.
    after = choose.choice(_AFTER if scheme else _AFTER[:5])
    host = choose.choice((EVIL, EVIL.upper(), f"{EVIL}.", f"secret.{EVIL}", f"\u24d4vil.{EVIL}"))
    return f"{scheme}{host}{after}"


def _percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _backslash(text: str) -> str:
    return json.dumps(text).strip('"').replace("/", "\\/")


def _unicode(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def _fullwidth(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def _interrupted(by: str) -> Callable[[str], str]:
    return lambda text: text.replace("e", f"e{by}")


_SPELLINGS: Final[tuple[Callable[[str], str], ...]] = (
    str, str, str, quote, lambda text: quote(text, safe=""), _percent, lambda text: _percent(_percent(text)),
    html.escape, lambda text: "".join(f"&#{ord(c)};" for c in text), lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    lambda text: text.replace(":", "&colon;").replace("/", "&sol;").replace(".", "&period;"), _backslash, _unicode,
    lambda text: json.dumps(json.dumps({"url": text})), _fullwidth, lambda text: text.replace(".", "\u3002"),
    lambda text: text.replace(".", "\uff0e"), _interrupted("\t"), _interrupted("\n"), _interrupted("\0"),
    _interrupted("\u200b"), _interrupted("\u00ad"), _interrupted("\u2060"), lambda text: f"\u202e{text}",
    lambda text: f"  {text}\r\n", lambda text: quote(html.escape(text)), lambda text: html.escape(_percent(text)),
)  # fmt: skip

_TEXTS: Final = (
    "{}", "{}", "{}", "see {} for more", "[{}]", "({})", "<{}>", '"{}"', "x,{}", "a={}", "{} {}", f"https://{ALLOWED}/?next={{}}",
    f"https://{ALLOWED}/a {{}}", f"https://{ALLOWED}/#{{}}", "[a link]({})", '{{"url":"{}"}}', "url({})", "<img src={}>", "a\n{}\nb",
)  # fmt: skip

# What a program reads in a text that is otherwise free.
_MARKUP: Final = (
    '<speak><audio src="{}"/></speak>', "<speak>Hi <audio src='{}'>there</audio></speak>", "<audio src={}>",
    '<audio\n\tsrc\n=\n"{}"\n/>', '<AUDIO SRC="{}">', '<lexicon uri="{}"/>', '<p title=">" data-x="{}">', "<a href='{}'>x</a>",
    '<img/src="{}">', '<!DOCTYPE s SYSTEM "{}">', '<!DOCTYPE s [<!ENTITY x SYSTEM "{}">]>', '<?xml-stylesheet href="{}"?>',
    "<style>@import '{}';</style>", "<script>fetch('{}')</script>", '<p style="background:url({})">', "![a]({})",
    "&lt;audio src=&quot;{}&quot;&gt;", "\\u003caudio src='{}'>", "%3Caudio src='{}'%3E", "\uff1caudio src='{}'\uff1e",
    '<x xmlns="{}"/>', '<speak><voice name="a"><audio src="{}"/></voice></speak>', "${{jndi:{}}}", "<b x='\"' y='{}'>",
)  # fmt: skip

_KEYS: Final = (
    "webhook", "webhook\0", "Webhook", "web_hook", "w\u0435bhook", "\uff57ebhook", "callback", "notifyUrl", "url", "uri", "href",
    "src", "backgroundUri", "article_url", "voiceOverUri", "backGroundMusicUri", "image", "sample", "thumbnail", "visualUrl",
    "variables", "metadata", "x", "", "note", "data", "destinations", "awsBucket", "story\0", "Story", "text\u200b", "videoName2",
    "emails", "endpoint", "host", "proxy", "format", "style", "language", "\u540d\u524d", "a.b", "$ref", "@id",
)  # fmt: skip
_CONTAINERS: Final = (
    "scenes",
    "background",
    "variables",
    "audio",
    "elements",
    "options",
    "x",
    "output",
    "brand",
    "a",
    "destinations",
)


@dataclass(frozen=True)
class Leak:
    """``body`` names :data:`EVIL`; ``how`` says in which words, for whoever looks for the reason of a failure."""

    body: bytes
    how: str


def leaks(count: int, *, seed: int) -> Iterator[Leak]:
    """``count`` bodies, the same for the same ``seed``."""
    choose = random.Random(seed)
    for _ in range(count):
        yield _leak(choose)


def _leak(choose: random.Random) -> Leak:
    url = choose.choice(_SPELLINGS)(_url(choose))
    document: dict[str, Any] = {"videoName": "test", "scenes": [{"story": "Hello"}]}
    if choose.random() < 0.25:
        text = choose.choice(_MARKUP).format(url)
        if choose.random() < 0.5:
            document["story"] = text
        else:
            document["scenes"].append({"story": text, "isSSMLStory": True})
    else:
        text = choose.choice(_TEXTS).format(url, url)
        _put(document, text, choose)
    escaped = choose.random() < 0.3
    body = json.dumps(document, ensure_ascii=choose.random() < 0.5)
    if escaped:
        body = body.replace("/", "\\/").replace("e", choose.choice(("e", "\\u0065")))
    return Leak(body.encode("utf-8"), text)


def _put(document: dict[str, Any], text: str, choose: random.Random) -> None:
    """Somewhere into ``document``: as a value, an item, a key, or deep inside."""
    key = choose.choice(_KEYS)
    value: Any = choose.choice((text, [text], [None, text], {"a": text}, {"url": text}, [[{"deep": [text]}]]))
    if choose.random() < 0.1:
        value = {text: True}
    for _ in range(choose.randint(0, 6)):
        value = choose.choice(({choose.choice(_CONTAINERS): value}, [value], [{"x": 1}, value]))
    if isinstance(value, dict) and choose.random() < 0.5:
        document.update(value)
    else:
        document[key] = value
