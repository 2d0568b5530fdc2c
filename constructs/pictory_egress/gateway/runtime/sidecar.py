"""The sidecar at work: watches the secret and the registry, serves the callers' keys, and drains Envoy at the end."""

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Final

import boto3
from botocore.config import Config

from .admission import Admission
from .drain import drain
from .envoy_admin import EnvoyAdmin
from .keeper import Keeper, reason
from .keys import PublicKeys
from .log import Log
from .oauth import TokenEndpoint
from .open_tunnels import OpenTunnels
from .registry import Registry
from .secret import Secret
from .server import Answer, serve
from .settings import Settings
from .volume import Volume

POLL_SECONDS: Final = 2.0
"""Between looks at the secret and at the registry; what is new is with Envoy well within five seconds."""

WATCH_SECONDS: Final = 0.2
"""Between looks at Envoy's count of 401s; while it grows, between looks at the secret too."""

_REFUSED_SECONDS: Final = 10.0
_UNDER_WAY_SECONDS: Final = 2.0
"""After a new credential, answers to calls that still carry the one before."""

_HEARTBEAT_SECONDS: Final = 60.0
_STUCK_SECONDS: Final = 60.0
_USER_AGENT: Final = "pictory-egress/1"
_AWS: Final = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})


class Sidecar:
    """Two threads do all that takes time; the interface answers from what they last found.

    Secrets Manager when slow must not hold up a revocation, so the registry has a thread of its own.
    """

    def __init__(
        self,
        *,
        keeper: Keeper,
        admission: Admission,
        keys: PublicKeys,
        envoy: EnvoyAdmin,
        volume: Volume,
        log: Log,
    ) -> None:
        self._keeper, self._admission, self._keys = keeper, admission, keys
        self._envoy, self._volume, self._log = envoy, volume, log
        self._stopping = threading.Event()
        self._draining = False
        self._worked_at = dict.fromkeys(("credential", "callers"), time.monotonic())
        self._beat_at = -_HEARTBEAT_SECONDS
        self._unauthorized: int | None = None
        self._refused_at, self._stepped_at = -_REFUSED_SECONDS, -POLL_SECONDS
        self._keys_failed_at = -_HEARTBEAT_SECONDS

    def start(self) -> None:
        """Starts the threads."""
        for name, work, seconds in (
            ("callers", self._callers, POLL_SECONDS),
            ("credential", self._credential, WATCH_SECONDS),
        ):
            threading.Thread(target=self._repeat, args=(name, work, seconds), name=name, daemon=True).start()

    def stop(self) -> None:
        """Reports that draining begins; the work goes on, since calls under way may need a new credential."""
        self._draining = True

    def end(self) -> None:
        """Ends the threads."""
        self._stopping.set()

    def jwks(self) -> Answer:
        """The callers' keys."""
        document = self._keys.document
        return (200, document) if document else (503, b'{"keys":[]}')

    def health(self) -> Answer:
        """Tells "ready", "no_credential", "draining" and "stuck" apart; only the last two are not well."""
        status = self._keeper.status()
        stuck = time.monotonic() - min(self._worked_at.values()) > _STUCK_SECONDS
        state = (
            "draining" if self._draining else "stuck" if stuck
            else "ready" if status.ready else "no_credential"
        )  # fmt: skip
        body = {"state": state, **self._facts()}
        return (503 if self._draining or stuck else 200), json.dumps(body).encode()

    def ready(self) -> Answer:
        """200 once calls can be carried out: Pictory's credential is there, and what callers' are checked with."""
        facts = self._facts()
        ready = facts["ready"] and facts["keys"] and facts["registry_version"] is not None
        return (200 if ready else 503), json.dumps({"state": "ready" if ready else "no_credential"}).encode()

    def _facts(self) -> dict[str, object]:
        keys = self._keys.document is not None
        return {"keys": keys, **self._admission.status(), **asdict(self._keeper.status())}

    def _repeat(self, name: str, work: Callable[[], None], seconds: float) -> None:
        while not self._stopping.is_set():
            try:
                work()
                self._worked_at[name] = time.monotonic()
            except (
                Exception
            ) as error:  # the volume is full, say: when it lasts, the health check ends the task
                self._log.emit("worker_failed", worker=name, reason=type(error).__name__)
            self._stopping.wait(seconds)

    def _callers(self) -> None:
        self._admission.step()
        try:
            self._keys.load(self._admission.trusted)
        except Exception as error:  # boto3 raises many kinds; all mean: try again
            now = time.monotonic()
            if now - self._keys_failed_at >= _HEARTBEAT_SECONDS:
                self._keys_failed_at = now
                self._log.emit("keys_failed", reason=reason(error))

    def _credential(self) -> None:
        """Every two seconds; at once, and five times a second, while Pictory refuses the key that is in use."""
        self._watch_refusals()
        now = time.monotonic()
        refused = now - self._refused_at < _REFUSED_SECONDS
        if refused or now - self._stepped_at >= POLL_SECONDS:
            self._stepped_at = now
            self._keeper.step()
            self._heartbeat()
        if refused and self._refused_at > self._keeper.loaded_at + _UNDER_WAY_SECONDS:
            self._volume.key_refused.touch(mode=0o600)
        else:
            self._volume.key_refused.unlink(missing_ok=True)

    def _watch_refusals(self) -> None:
        count = self._envoy.unauthorized()
        if count is not None and self._unauthorized is not None and count > self._unauthorized:
            self._refused_at = time.monotonic()
            self._keeper.look_again()
        self._unauthorized = count

    def _heartbeat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at >= _HEARTBEAT_SECONDS:
            self._beat_at = now
            self._log.emit("heartbeat", **self._facts())


def main(settings: Settings) -> int:
    """Runs until SIGTERM, drains, and gives 0."""
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    log, volume = Log(), Volume(settings.directory)
    volume.clear_unfinished()
    session = boto3.session.Session(region_name=settings.region)
    envoy = EnvoyAdmin(volume.admin_socket)
    keeper = Keeper(
        secret=Secret(session.client("secretsmanager", config=_AWS), settings.secret_arn),
        mode=settings.mode,
        endpoint=TokenEndpoint(host=settings.host, port=settings.port, user_agent=_USER_AGENT),
        volume=volume,
        log=log,
    )
    keys = PublicKeys(session.client("kms", config=_AWS), settings.signing_key_arn, volume)
    tunnels = OpenTunnels(log=log)
    admission = Admission(
        registry=Registry(session.client("dynamodb", config=_AWS), settings.registry_table),
        environment=settings.environment,
        volume=volume,
        tunnels=tunnels,
        log=log,
    )
    # Before anybody asks: what was good before a restart is good after it.
    keeper.resume()
    admission.resume()
    keys.resume(admission.trusted)
    sidecar = Sidecar(keeper=keeper, admission=admission, keys=keys, envoy=envoy, volume=volume, log=log)
    pages = {"/jwks.json": sidecar.jwks, "/health": sidecar.health, "/ready": sidecar.ready}
    server = serve(volume.sidecar_socket, pages | tunnels.pages())
    sidecar.start()
    told_to_stop.wait()
    sidecar.stop()
    drain(envoy=envoy, seconds=settings.drain_seconds, log=log)
    sidecar.end()
    server.shutdown()
    server.server_close()
    return 0
