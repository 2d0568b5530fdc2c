"""A client of the stand-in's admin side, for the sandbox's runner and for tests."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.pictory.faults import Kind
from sandbox.pictory.journal import SeenRequest

_TIMEOUT_SECONDS: Final = 10


class AdminError(Exception):
    """The admin side refused, or could not be reached; the message says which."""


@dataclass(frozen=True, kw_only=True)
class IssuedKey:
    """A new API key: its id in listings, and its value, which is shown this once."""

    id: str
    account: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class IssuedClient:
    """A new OAuth client; its secret is shown this once."""

    id: str
    account: str
    client_id: str
    client_secret: str = field(repr=False)
    user_id: str


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A key or OAuth client that was issued, and whether it is still good."""

    id: str
    account: str
    live: bool


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many requests were seen since the last reset."""

    total: int
    by_status: dict[str, int]
    by_key: dict[str, int]
    by_operation: dict[str, int]


class PictoryAdmin:
    """Steers the stand-in at ``url``. Every method raises :class:`AdminError` when it cannot."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # The admin side is on this machine: no proxy of the environment's may see it.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def issue_key(self, *, account: str = "main", overlap_seconds: float | None = 0.0) -> IssuedKey:
        """A new key. Earlier ones of the account end after ``overlap_seconds`` (0: at once, None: never)."""
        return IssuedKey(
            **self._call("POST", "/keys", {"account": account, "overlap_seconds": overlap_seconds})
        )

    def issue_client(self, *, account: str = "main") -> IssuedClient:
        """A new OAuth client."""
        return IssuedClient(**self._call("POST", "/oauth-clients", {"account": account}))

    def credentials(self) -> list[Credential]:
        """All that were issued."""
        return [Credential(**each) for each in self._call("GET", "/credentials")]

    def revoke(self, id_: str) -> None:
        """End a key, or an OAuth client and its tokens, at once."""
        self._call("DELETE", f"/credentials/{id_}")

    def requests(self, *, after: int = 0) -> list[SeenRequest]:
        """Requests with a number above ``after``, in the order of their answers."""
        return [
            SeenRequest(**{**each, "headers": tuple(each["headers"]), "hosts": tuple(each["hosts"])})
            for each in self._call("GET", f"/requests?after={after}")
        ]

    def counts(self) -> Counts:
        """Counts since the last reset."""
        return Counts(**self._call("GET", "/counts"))

    def executions(self) -> dict[str, int]:
        """How many jobs were begun under each name, since the last reset."""
        return {str(name): int(count) for name, count in self._call("GET", "/executions").items()}

    def set_behaviour(
        self,
        *,
        job_seconds: float | None = None,
        delay_seconds: float | None = None,
        token_seconds: float | None = None,
        failing_jobs: int | None = None,
    ) -> None:
        """Change how it behaves from now on; what is left out stays. A running job keeps its time."""
        self._call(
            "PATCH", "/behaviour",
            {
                "job_seconds": job_seconds, "delay_seconds": delay_seconds, "token_seconds": token_seconds,
                "failing_jobs": failing_jobs,
            },
        )  # fmt: skip

    def fail(self, kind: Kind, *, count: int = 1, status: int = 500, path_contains: str = "") -> None:
        """The next ``count`` requests (whose path holds ``path_contains``) fail in this way."""
        self._call(
            "POST",
            "/failures",
            {"kind": kind, "count": count, "status": status, "path_contains": path_contains},
        )

    def reset(self) -> None:
        """Forget requests, failures, resources and behaviour. Credentials stay good."""
        self._call("POST", "/reset")

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - the URL is the sandbox's own
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            raise AdminError(
                f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
            ) from None
        except OSError as error:
            raise AdminError(f"{method} {self.url}{path}: {error}: is the stand-in running?") from None
        return json.loads(text) if text else None
