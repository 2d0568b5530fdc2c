"""The named sets of hosts: what each may hold."""

from typing import Final

import pytest
from pydantic import TypeAdapter

from pictory_egress.api.hosts import API_HOST, ASSET_HOSTS, FORBIDDEN_HOSTS, SOURCE_SETS
from pictory_egress.gateway.allowed_hosts import AllowedHost

_ALLOWED_HOST: Final[TypeAdapter[str]] = TypeAdapter(AllowedHost)


def test_source_sets_when_listed_then_stock_is_the_one_set() -> None:
    assert set(SOURCE_SETS) == {"pictory-stock"}
    assert {
        "tracks.melod.ie", "dm0qx8t0i9gc9.cloudfront.net", "media.gettyimages.com",
        "brandsettings-prod.pictorycontent.com",
    } <= set(SOURCE_SETS["pictory-stock"])  # fmt: skip


@pytest.mark.parametrize("name", SOURCE_SETS)
def test_source_set_when_its_hosts_are_read_then_settings_take_each(name: str) -> None:
    hosts = SOURCE_SETS[name]
    assert [_ALLOWED_HOST.validate_python(host) for host in hosts] == list(hosts)
    assert len(set(hosts)) == len(hosts)


@pytest.mark.parametrize("name", SOURCE_SETS)
def test_source_set_when_compared_then_it_adds_hosts_only(name: str) -> None:
    assert not set(SOURCE_SETS[name]) & {API_HOST, *ASSET_HOSTS, *FORBIDDEN_HOSTS}
    assert not any(host.startswith("*") for host in SOURCE_SETS[name])
