"""Hosts that a client's calls may make Pictory send to or fetch from, as a setting."""

from typing import Annotated, Final

from pydantic import AfterValidator, TypeAdapter, ValidationError

from pictory_egress.api.hosts import FORBIDDEN_HOSTS
from pictory_egress.types import Host

_ANYBODYS: Final = (
    "amazonaws.com", "appspot.com", "azureedge.net", "azurewebsites.net", "cloudfront.net", "cloudfunctions.net",
    "digitaloceanspaces.com", "firebaseapp.com", "fly.dev", "github.io", "githubusercontent.com", "googleapis.com",
    "googleusercontent.com", "herokuapp.com", "netlify.app", "ngrok.app", "ngrok.io", "ngrok-free.app", "onrender.com",
    "pages.dev", "r2.dev", "run.app", "trycloudflare.com", "vercel.app", "web.app", "windows.net", "workers.dev",
)  # fmt: skip
"""Domains below which anybody gets a name by signing up: not all there are, but those that callers use."""

_REGISTRIES: Final = (
    "co.at", "co.il", "co.in", "co.jp", "co.kr", "co.nz", "co.th", "co.uk", "co.za", "com.ar", "com.au", "com.br",
    "com.cn", "com.hk", "com.mx", "com.sg", "com.tr", "com.tw", "net.au", "org.au", "org.uk",
)  # fmt: skip

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Host)


def _allowed_host(value: str) -> str:
    name = value.removeprefix("*.")
    try:
        _NAME.validate_python(name)
    except ValidationError:
        raise ValueError(
            "not a host: write 'www.example.com', or '*.example.com' for every name below it, in lower case, "
            "without scheme, port or path, and a name with other letters as its 'xn--…' form"
        ) from None
    if any(host == name or (value != name and host.endswith(f".{name}")) for host in FORBIDDEN_HOSTS):
        raise ValueError("takes in a development host of Pictory's: name the hosts that you need")
    if value != name and (name in _REGISTRIES or f".{name}".endswith(tuple(f".{d}" for d in _ANYBODYS))):
        raise ValueError(f"anybody can have a name below {name!r}: name the whole host")
    return value


AllowedHost = Annotated[str, AfterValidator(_allowed_host)]
"""A host name, or ``*.`` and a domain for every name below it, itself not included."""
