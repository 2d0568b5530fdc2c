"""URLs in bodies: one reading, https, and a host of the client's."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pictory_egress.gateway.runtime.inspection.hosts import Hosts, _judged, host_of
from pictory_egress.gateway.runtime.inspection.refused import RefusedError

ALLOWED = {
    "https://hooks.example.com": "hooks.example.com",
    "https://hooks.example.com/": "hooks.example.com",
    "https://hooks.example.com:443/done?job=1&x=a@b#top": "hooks.example.com",
    "HTTPS://Hooks.EXAMPLE.com/Done": "hooks.example.com",
    "https://hooks.example.com?next=https://evil.example/": "hooks.example.com",
    "https://hooks.example.com/a:b@c": "hooks.example.com",
    "https://hooks.example.com/bücher/日本": "hooks.example.com",
    "https://bücher.example/": "xn--bcher-kva.example",
    "https://BÜCHER.example/": "xn--bcher-kva.example",
    "https://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "https://1.example.com/": "1.example.com",
}

REFUSED = {
    "nothing": "",
    "no scheme": "hooks.example.com",
    "scheme-relative": "//hooks.example.com/",
    "http": "http://hooks.example.com/",
    "ftp": "ftp://hooks.example.com/",
    "data": "data:text/plain,hello",
    "javascript": "javascript:alert(1)",
    "file": "file:///etc/passwd",
    "s3": "s3://bucket/key",
    "one slash": "https:/hooks.example.com/",
    "three slashes": "https:///hooks.example.com/",
    "no slash": "https:hooks.example.com/",
    "spelled with a long s": "http\u017f://hooks.example.com/",
    "user": "https://hooks.example.com@evil.example/",
    "user and password": "https://a:b@hooks.example.com/",
    "empty user": "https://@hooks.example.com/",
    "two users": "https://a@hooks.example.com@evil.example/",
    "port": "https://hooks.example.com:8443/",
    "port 80": "https://hooks.example.com:80/",
    "empty port": "https://hooks.example.com:/",
    "port with zero": "https://hooks.example.com:0443/",
    "port in other digits": "https://hooks.example.com:\uff14\uff14\uff13/",
    "two ports": "https://hooks.example.com:443:443/",
    "IPv4": "https://127.0.0.1/",
    "IPv4 of two parts": "https://127.1/",
    "IPv4 as a number": "https://2130706433/",
    "IPv4 in octal": "https://0177.0.0.1/",
    "IPv4 in hexadecimal": "https://0x7f000001/",
    "IPv4 with a hexadecimal part": "https://0x7f.0.0.1/",
    "IPv4 with a last hexadecimal part": "https://127.0.0.0x1/",
    "IPv4 with a dot after it": "https://127.0.0.1./",
    "IPv4 in fullwidth digits": "https://\uff11\uff12\uff17.0.0.1/",
    "IPv4 in circled digits": "https://①②⑦.0.0.1/",
    "metadata": "https://169.254.169.254/latest/meta-data/",
    "IPv6": "https://[::1]/",
    "IPv6 with IPv4": "https://[::ffff:127.0.0.1]/",
    "IPv6 with zone": "https://[fe80::1%25eth0]/",
    "single label": "https://localhost/",
    "dot after it": "https://hooks.example.com./",
    "dot before it": "https://.hooks.example.com/",
    "two dots": "https://hooks..example.com/",
    "underscore": "https://_hooks.example.com/",
    "hyphen first": "https://-hooks.example.com/",
    "long label": f"https://{'a' * 64}.example.com/",
    "long name": f"https://{'a.' * 126}example.com/",
    "escaped host": "https://hooks%2eexample.com/",
    "escaped at": "https://hooks.example.com%40evil.example/",
    "escaped slash": "https://evil.example%2f.hooks.example.com/",
    "backslash for slash": "https://evil.example\\.hooks.example.com/",
    "backslashes": "https:\\\\hooks.example.com\\",
    "backslash in the path": "https://hooks.example.com/\\evil.example",
    "space before": " https://hooks.example.com/",
    "space after": "https://hooks.example.com/ ",
    "space in the host": "https://hooks.example.com evil.example/",
    "tab": "https://hooks.example\t.com/",
    "line break": "https://hooks.example.com\r\nHost: evil.example/",
    "NUL": "https://hooks.example.com\0.evil.example/",
    "no-break space": "https://hooks.example.com\u00a0/",
    "zero-width space": "https://hooks\u200b.example.com/",
    "soft hyphen": "https://ho\u00adoks.example.com/",
    "right-to-left override": "https://hooks.example.com/\u202e",
    "ideographic full stop": "https://hooks。example.com/",
    "fullwidth full stop": "https://hooks\uff0eexample.com/",
    "fullwidth solidus": "https://evil.example\uff0f.hooks.example.com/",
    "fullwidth letters": "https://\uff48ooks.example.com/",
    "Kelvin sign": "https://hoo\u212as.example.com/",
    "ligature": "https://\ufb01les.example.com/",
    "account of": "https://hooks.example.com℀.evil.example/",
    "sharp s": "https://faß.example/",
    "final sigma": "https://βόλος.example/",
    "joiner": "https://a\u200db.example/",
    "lone surrogate": "https://hooks.example.com/\ud800",
    "long": "https://hooks.example.com/" + "a" * 4096,
}


@pytest.mark.parametrize(("url", "host"), ALLOWED.items(), ids=ALLOWED.keys())
def test_url_when_plain_then_its_host_is_told_in_its_normal_form(url: str, host: str) -> None:
    assert host_of(url) == host


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_url_when_it_can_be_read_in_two_ways_or_leads_elsewhere_then_it_is_refused(url: str) -> None:
    with pytest.raises(RefusedError) as caught:
        host_of(url)
    assert caught.value.code == "body_url_invalid"
    assert caught.value.host is None


@given(
    url=st.text("htps:/\\@?#.[]%0123456789xabcdefz-_ \t\u3002\uff0e\uff0f\u00df\u00fc", max_size=60).map(
        lambda rest: "https://" + rest
    )
)
@example(url="https://a.bc#@evil.example")
@example(url="https://a.bc?@evil.example/")
def test_host_when_told_then_the_standard_library_sees_the_same_one(url: str) -> None:
    try:
        host = host_of(url)
    except RefusedError:
        return
    parts = urlsplit(url)
    assert (parts.hostname or "").encode("idna").decode() == host
    assert (parts.scheme, parts.username, parts.password) == ("https", None, None)
    assert parts.port in (None, 443)
    assert not host.replace(".", "").isdigit()


@given(
    host=st.from_regex(r"[a-zA-Z0-9.-]{1,20}(\.[a-z0-9]{1,4})?", fullmatch=True),
    rest=st.text("ab/?#:@%.\\ \t\u00fc", max_size=8),
)
def test_host_when_the_url_is_of_the_common_form_then_it_is_what_the_whole_judgement_says(
    host: str, rest: str
) -> None:
    def told(by: Callable[[str], str]) -> str:
        try:
            return by(f"https://{host}{rest}")
        except RefusedError as error:
            return error.reason

    assert told(host_of) == told(_judged)


def test_hosts_when_a_domain_is_given_then_names_below_it_and_not_itself_nor_lookalikes() -> None:
    hosts = Hosts.of(["www.example.com", "*.cdn.example.com"])
    for allowed in ("www.example.com", "a.cdn.example.com", "a.b.cdn.example.com"):
        assert allowed in hosts
    for other in (
        "cdn.example.com",
        "example.com",
        "evilcdn.example.com",
        "www.example.com.evil.example",
        "x.example.com",
    ):
        assert other not in hosts
    assert "www.example.com" not in Hosts.of([])
