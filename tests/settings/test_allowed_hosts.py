"""Hosts and connections of a client: what may be written, and what an error says."""

import pytest
from pydantic import ValidationError

from pictory_egress.gateway.settings import Client


def client(**fields: object) -> Client:
    return Client.model_validate({"name": "studio", "permissions": ["videos.render"], **fields})


def test_hosts_when_full_names_or_domains_then_taken() -> None:
    hosts = (
        "hooks.example.com",
        "*.media.example.com",
        "bucket.s3.eu-west-1.amazonaws.com",
        "xn--bcher-kva.example",
    )
    assert client(allowed_hosts=hosts).allowed_hosts == hosts
    assert client().allowed_hosts == client().allowed_connections == ()


@pytest.mark.parametrize(
    ("host", "remedy"),
    [
        ("https://hooks.example.com", "without scheme"), ("hooks.example.com:443", "without scheme"),
        ("hooks.example.com/done", "without scheme"), ("Hooks.example.com", "lower case"),
        ("bücher.example", "xn--"), ("localhost", "not a host"), ("10.0.0.1", "not a host"), ("[::1]", "not a host"),
        ("*", "not a host"), ("*.com", "not a host"), ("a.*.example.com", "not a host"), ("*example.com", "not a host"),
        ("", "not a host"), ("*.amazonaws.com", "name the whole host"),
        ("*.s3.eu-west-1.amazonaws.com", "name the whole host"), ("*.github.io", "name the whole host"),
        ("*.co.uk", "name the whole host"), ("dev-api.pictory.ai", "development host"),
        ("*.pictory.ai", "development host"),
    ],
)  # fmt: skip
def test_host_when_it_would_let_in_more_or_nothing_then_refused_with_a_remedy(host: str, remedy: str) -> None:
    with pytest.raises(ValidationError, match=remedy.replace("*", ".")):
        client(allowed_hosts=[host])


@pytest.mark.parametrize("id_", ["", "a b", "a/b", "x" * 129, "é"])
def test_connection_when_no_id_then_refused(id_: str) -> None:
    with pytest.raises(ValidationError):
        client(allowed_connections=[id_])
