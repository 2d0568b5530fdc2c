"""Who calls: JSON Web Tokens of the built-in issuer and of the company's own, and what each client may do."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from pictory_egress.api import Catalog
from pictory_egress.gateway.envoy.regexes import one_of
from pictory_egress.gateway.envoy.shapes import Json, extension, route_metadata
from pictory_egress.gateway.settings import Client, GatewaySettings, OidcIssuer

JWT_FILTER: Final = "envoy.filters.http.jwt_authn"
BUILT_IN: Final = "gateway"
"""Metadata key of the built-in issuer's claims. Each issuer has its own: a name of one is none of another's."""
GRANTS_FILTER: Final = "grants"
SIDECAR_CLUSTER: Final = "sidecar"

_CLOCK_SKEW_SECONDS: Final = 30
_SECONDS_A_DAY: Final = 86_400


def token_issuer(environment: str) -> str:
    """The ``iss`` of the built-in issuer."""
    return f"pictory-egress:{environment}"


def issuer_key(issuer: str) -> str:
    """Metadata key of an issuer's claims, by its name in the settings; ``""`` is the built-in one."""
    return f"oidc.{issuer}" if issuer else BUILT_IN


def issuer_cluster(issuer: OidcIssuer) -> str:
    """Name of the cluster that ``issuer``'s keys are read from."""
    return f"issuer_{issuer.name}"


RAW: Final = {"name": "authorization"}
BEARER: Final = {"name": "authorization", "value_prefix": "Bearer "}


def authentication(
    *,
    settings: GatewaySettings,
    environment: str,
    places: Mapping[str, Json] = MappingProxyType({"raw": RAW, "bearer": BEARER}),
) -> Json:
    """The filter that lets only verified tokens pass, from any of ``places`` in the request.

    One provider cannot take several: every token that it finds must verify. So each issuer has one for each place.
    """
    max_lifetime = settings.token_max_days * _SECONDS_A_DAY
    providers = _providers(
        key=BUILT_IN,
        issuer=token_issuer(environment),
        audience=settings.token_audience,
        max_lifetime_seconds=max_lifetime,
        jwks_uri="http://sidecar/jwks.json",
        cluster=SIDECAR_CLUSTER,
        places=places,
    )
    for issuer in settings.issuers:
        providers |= _providers(
            key=issuer_key(issuer.name),
            issuer=issuer.issuer,
            audience=issuer.audience,
            max_lifetime_seconds=max_lifetime,
            jwks_uri=issuer.jwks_uri,
            cluster=issuer_cluster(issuer),
            places=places,
        )
    required = {"requires_any": {"requirements": [{"provider_name": name} for name in providers]}}
    return extension(
        JWT_FILTER,
        "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers=providers,
        # CONNECT has no path: a rule by prefix alone would let it pass unasked.
        rules=[
            {"match": {"connect_matcher": {}}, "requires": required},
            {"match": {"prefix": "/"}, "requires": required},
        ],
        # Envoy's own answer repeats what was asked for, path and all.
        strip_failure_response=True,
    )


def _providers(
    *,
    key: str,
    issuer: str,
    audience: str,
    max_lifetime_seconds: int,
    jwks_uri: str,
    cluster: str,
    places: Mapping[str, Json],
) -> dict[str, Json]:
    def provider(place: Json) -> Json:
        return {
            "issuer": issuer,
            "audiences": [audience],
            "max_lifetime": f"{max_lifetime_seconds}s",
            "clock_skew_seconds": _CLOCK_SKEW_SECONDS,
            "from_headers": [place],
            "remote_jwks": {
                "http_uri": {"uri": jwks_uri, "cluster": cluster, "timeout": "3s"},
                "cache_duration": "300s",
                # Read before the first call, and again before the old ones lapse.
                "async_fetch": {"failed_refetch_duration": "1s"},
            },
            "payload_in_metadata": key,
            # Verifying costs 60 µs; the cache still ends at the token's expiry.
            "jwt_cache_config": {"jwt_cache_size": 1000},
        }

    return {f"{key}-{name}": provider(place) for name, place in places.items()}


def authorization(*, settings: GatewaySettings, clients: Iterable[Client], catalog: Catalog) -> Json:
    """The filter that lets a client call what it is granted, and nothing else.

    Clients with the same grants share a policy, which names permissions where it can: its size follows the
    number of different grants, not clients times operations.
    """
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Client]] = defaultdict(list)
    for client in clients:
        implied = {o.id for o in catalog.granted(client.permissions)}
        single = tuple(sorted(set(client.operations) - implied))
        groups[tuple(sorted(set(client.permissions))), single].append(client)
    policies = {
        f"grant-{number:03}": {
            "permissions": [
                route_metadata(key, {"safe_regex": {"regex": one_of(names)}})
                for key, names in (("permission", permissions), ("operation", operations))
                if names
            ],
            "principals": principals(settings=settings, clients=members),
        }
        for number, ((permissions, operations), members) in enumerate(
            sorted(groups.items(), key=lambda g: g[0])
        )
    }
    return extension(
        GRANTS_FILTER,
        "envoy.extensions.filters.http.rbac.v3.RBAC",
        rules={"action": "ALLOW", "policies": policies},
    )


def principals(*, settings: GatewaySettings, clients: Iterable[Client]) -> list[Json]:
    """RBAC principals of ``clients``, by whom their tokens name."""
    subjects: dict[str, set[str]] = defaultdict(set)
    for client in clients:
        subjects[client.issuer].add(client.subject or client.name)
    claims = {"": "sub"} | {issuer.name: issuer.client_claim for issuer in settings.issuers}
    return [
        {
            "sourced_metadata": {
                "metadata_matcher": {
                    "filter": JWT_FILTER,
                    "path": [{"key": issuer_key(issuer)}, {"key": claims[issuer]}],
                    "value": {"string_match": {"safe_regex": {"regex": one_of(names)}}},
                }
            }
        }
        for issuer, names in sorted(subjects.items())
    ]


def jwks_host(issuer: OidcIssuer) -> tuple[str, int]:
    """Host and port that an issuer's keys are read from."""
    parts = urlsplit(issuer.jwks_uri)
    return parts.hostname or "", parts.port or 443
