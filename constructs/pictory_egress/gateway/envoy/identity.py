"""Who calls: JSON Web Tokens of the built-in issuer and of the company's own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from pictory_egress.gateway.envoy.shapes import Json, extension
from pictory_egress.gateway.settings import GatewaySettings, OidcIssuer

JWT_FILTER: Final = "envoy.filters.http.jwt_authn"
BUILT_IN: Final = "gateway"
"""Metadata key of the built-in issuer's claims. Each issuer has its own: a name of one is none of another's."""
SIDECAR_CLUSTER: Final = "sidecar"

_CLOCK_SKEW_SECONDS: Final = 30
_SECONDS_A_DAY: Final = 86_400
# Two for each of as many clients as a task definition can hold: with fewer places than tokens in use, each is verified
# anew at every call.
_CACHED_TOKENS: Final = 4000


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
        # Envoy reads again five seconds before: a new signing key is known that long after the sidecar has it.
        cache_seconds=10,
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
            cache_seconds=300,
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
    cache_seconds: int,
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
                "cache_duration": f"{cache_seconds}s",
                # Read before the first call, and again before the old ones lapse.
                "async_fetch": {"failed_refetch_duration": "1s"},
            },
            "payload_in_metadata": key,
            # Verifying costs 60 µs; the cache still ends at the token's expiry, and `registered` is asked each time.
            "jwt_cache_config": {"jwt_cache_size": _CACHED_TOKENS},
        }

    return {f"{key}-{name}": provider(place) for name, place in places.items()}


def jwks_host(issuer: OidcIssuer) -> tuple[str, int]:
    """Host and port that an issuer's keys are read from."""
    parts = urlsplit(issuer.jwks_uri)
    return parts.hostname or "", parts.port or 443
