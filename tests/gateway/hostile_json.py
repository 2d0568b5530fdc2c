"""Bodies of up to 1 MiB that are made to cost more than they look."""

from itertools import product
from typing import Final

from pictory_egress.gateway.runtime.inspection.document import MAX_VALUES

_MEBIBYTE: Final = 1024 * 1024


def _filled(start: bytes, middle: bytes, end: bytes = b"") -> bytes:
    return start + middle * ((_MEBIBYTE - len(start) - len(end)) // len(middle)) + end


def _object(keys: list[bytes]) -> bytes:
    return b"{" + b",".join(b'"%s":0' % key for key in keys) + b"}"


HOSTILE: Final = {
    "arrays without end": _filled(b"", b"["),
    "objects without end": _filled(b"", b'{"a":'),
    "a million numbers": _filled(b'{"a":[', b"0,", b"0]}"),
    "as many keys as fit": _object([b"%x" % n for n in range(110_000)]),
    "as many keys as are allowed": _object([b"%x" % n for n in range(MAX_VALUES - 1)]),
    "as many objects as are allowed": b'{"a":[' + b",".join([b'{"a":0}'] * (MAX_VALUES // 2 - 2)) + b"]}",
    "as many URL fields as are allowed": b'{"url":[' + b",".join([b'""'] * (MAX_VALUES - 2)) + b"]}",
    "keys of equal hash, by the hash of Java": _object([b"".join(k) for k in product((b"Aa", b"BB"), repeat=14)]),
    "one key again and again": _filled(b"{", b'"a":0,', b'"a":0}'),
    "a number of a million digits": _filled(b'{"a":', b"9", b"}"),
    "a fraction of a million digits": _filled(b'{"a":0.', b"9", b"}"),
    "a million spaces": _filled(b'{"a":', b" ", b"1}"),
    "empty strings": _filled(b'{"a":[', b'"",', b'""]}'),
    "quotes": _filled(b"", b'"'),
    "escaped quotes outside of strings": _filled(b"", b'\\"'),
    "a string of escaped quotes, unfinished": _filled(b'{"a":"', b'\\"'),
    "a string of backslashes": _filled(b'{"a":"', b"\\\\", b'"}'),
    "a string of escapes": _filled(b'{"a":"', b"\\u0041", b'"}'),
    "a string of escaped pairs": _filled(b'{"a":"', b"\\ud83d\\ude00", b'"}'),
    "a string of broken pairs": _filled(b'{"a":"', b"\\ud83d", b'"}'),
    "a URL of a million characters": _filled(b'{"webhook":"https://', b"a.", b'com"}'),
    "a host of a million other letters": _filled(b'{"webhook":"https://', "ü".encode(), b'.de"}'),
    "a key of a million characters": _filled(b'{"', "\u212a".encode(), b'":0}'),
    "names of hosts without end": _filled(b'{"a":"', b"a.b ", b'"}'),
    "colons without end": _filled(b'{"a":"', b":", b'"}'),
    "slashes without end": _filled(b'{"a":"', b" /", b'"}'),
    "escapes of HTML": _filled(b'{"a":"', b"&amp;", b'"}'),
    "escapes of URLs": _filled(b'{"a":"', b"%25", b'"}'),
    "escapes of escapes": _filled(b'{"a":"', b"\\\\u0025", b'"}'),
    "letters with long compatibility forms": _filled(b'{"a":"', "\ufdfa".encode(), b'"}'),
    "texts of names of hosts": b'{"a":[' + b",".join([b'"%s"' % (b"a.b1," * 12_000)] * 15) + b"]}",
    "texts with long compatibility forms": b'{"a":[' + b",".join([b'"%s"' % ("\ufdfa".encode() * 20_000)] * 15) + b"]}",
    "tags without end": _filled(b'{"story":"', b"<a>", b'"}'),
    "unfinished tags": _filled(b'{"story":"', b"<a '", b'"}'),
    "expressions without end": _filled(b'{"story":"', b"${a}", b'"}'),
    "as many short texts as are allowed": b'{"a":[' + b",".join(b'"%%%02d.%d"' % (n % 99, n) for n in range(MAX_VALUES - 2)) + b"]}",
    "as many URLs as fit": b'{"a":[' + b",".join(b'"https://video.pictory.ai/%d?a=1"' % n for n in range(28_000)) + b"]}",
    "as many stories as fit": b'{"scenes":[' + b",".join([b'{"story":"<a b=c.d>"}'] * 24_000) + b"]}",
}  # fmt: skip
"""By name."""
