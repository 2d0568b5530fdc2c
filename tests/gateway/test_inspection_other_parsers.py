"""What the inspector lets pass is shown to another parser: the one of Node.js, which is that of browsers (WHATWG)."""

import json
import random
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from pictory_egress.gateway.runtime.inspection.hosts import Hosts
from pictory_egress.gateway.runtime.inspection.readings import Budget
from pictory_egress.gateway.runtime.inspection.references import check_references
from pictory_egress.gateway.runtime.inspection.refused import RefusedError

NODE: Final = Path(sys.executable).with_name("node")
ALLOWED: Final = "hooks.example.com"
TEXTS: Final = 50_000

# Pieces that URL parsers treat in different ways, between names of an allowed host and of others.
PIECES: Final = (
    "https:", "HTTPS:", "http:", "ftp:", "ws:", "x:", "//", "/", "\\", "\\\\", "///", "@", ":", ":443", ":80", "?", "#", "[",
    "]", "hooks.example.com", "evil.example", "evil.example", "www.evil.example", "127.0.0.1", "2130706433", "0x7f.1",
    "::1", ".", ",", ";", '"', "'", "(", ")", "{", "}", "|", "^", "`", "~", "!", "$", "*", "+", "=", "-", "_", " ", "\t", "\n",
    "\0", "\u200b", "\u00ad", "\u3002", "\uff0e", "\uff0f", "\uff1a", "\uff20", "%2f", "%3a", "%40", "%2e", "%00", "a", "user",
    "path", "\u00fc", "\u2100", "\ufb01", "\u24d4vil.example", "&#46;",
)  # fmt: skip


def _texts() -> list[str]:
    choose = random.Random(20261254)
    starts = ("", f"https://{ALLOWED}", f"https://{ALLOWED}/", f"see https://{ALLOWED}")
    return [
        choose.choice(starts) + "".join(choose.choices(PIECES, k=choose.randint(0, 8))) for _ in range(TEXTS)
    ]


def _passes(text: str) -> bool:
    try:
        check_references(text, Hosts.of([ALLOWED]), Budget())
    except RefusedError:
        return False
    return True


def test_text_when_it_passes_then_a_browser_finds_no_other_host() -> None:
    passed = [text for text in _texts() if _passes(text)]
    answer = subprocess.run(
        [str(NODE), str(Path(__file__).with_name("parse_urls.mjs"))],
        input=json.dumps(passed), capture_output=True, check=True, timeout=60, text=True,
    )  # fmt: skip
    found = list(zip(passed, json.loads(answer.stdout), strict=True))
    assert len(found) > 1000
    assert any(host == ALLOWED for _, (host, _) in found), "some name the allowed host"
    for text, (on_a_page, with_scheme) in found:
        assert not _may_exist(on_a_page, labels=1), repr(text)
        # A program that writes a scheme before whatever it gets can be led to a single word or number, but to no domain.
        # Words in a row, and sentences that end in an ideographic full stop, are no such text.
        assert _is_prose(text) or not _may_exist(with_scheme, labels=2), repr(text)


def _is_prose(text: str) -> bool:
    return " " in text.strip() or re.search(r"[^\x00-\x7f]\u3002", text) is not None


def _may_exist(host: str | None, *, labels: int) -> bool:
    """Whether ``host`` is an address or a name that DNS may know, of so many labels or more, and is not allowed."""
    if not host or host in ("base.invalid", ALLOWED, f"{ALLOWED}."):
        return False  # an empty one is that of a scheme that nobody fetches from, such as "x:"
    names = host.removesuffix(".").split(".")
    is_name = all(re.fullmatch(r"[\w-]+", name, re.ASCII) for name in names)
    # Top-level domains are letters alone, or begin with xn--; this parser writes every IPv4 address as four numbers.
    known_end = re.fullmatch(r"[a-z]+|xn--.*" + (r"|\d+" if labels == 1 else ""), names[-1]) is not None
    return host.startswith("[") or (is_name and known_end and len(names) >= labels)
