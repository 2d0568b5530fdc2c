"""The files that Envoy and the sidecar share."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Volume:
    """Names within the task's volume."""

    directory: Path

    @property
    def configuration(self) -> Path:
        """Envoy's configuration: JSON."""
        return self.directory / "envoy.json"

    @property
    def token(self) -> Path:
        """Pictory's credential, raw; empty while there is none, and then Envoy refuses all calls."""
        return self.directory / "token"

    @property
    def user_id(self) -> Path:
        """The Pictory user that an OAuth token belongs to; empty in the other mode."""
        return self.directory / "user_id"

    @property
    def token_secret(self) -> Path:
        """Envoy's secret of the token: it names the file and never changes. Envoy takes one secret a file."""
        return self.directory / "credential.yaml"

    @property
    def user_id_secret(self) -> Path:
        """Envoy's secret of the user id, likewise."""
        return self.directory / "user_id.yaml"

    @property
    def registered(self) -> Path:
        """Envoy's filter of the credentials that count. The name's end makes Envoy read JSON, 40 times quicker."""
        return self.directory / "registered.json"

    @property
    def token_confirmed(self) -> Path:
        """When Secrets Manager last confirmed the credential, and of which version it is; never the credential."""
        return self.directory / "token.confirmed"

    @property
    def registered_confirmed(self) -> Path:
        """When the registry last confirmed the credentials that count, and which keys it trusts."""
        return self.directory / "registered.confirmed"

    @property
    def signing_keys(self) -> Path:
        """Public keys that were read from KMS, by ARN."""
        return self.directory / "signing_keys.json"

    @property
    def key_refused(self) -> Path:
        """There while Pictory refuses the key that Envoy adds: the inspector holds writes back meanwhile."""
        return self.directory / "key_refused"

    @property
    def tls_key(self) -> Path:
        """Private key of the listener."""
        return self.directory / "tls.key"

    @property
    def tls_certificate(self) -> Path:
        """Certificate of the listener."""
        return self.directory / "tls.crt"

    @property
    def admin_socket(self) -> Path:
        """Envoy's admin interface."""
        return self.directory / "admin.sock"

    @property
    def sidecar_socket(self) -> Path:
        """The sidecar's own interface."""
        return self.directory / "sidecar.sock"

    def clear_unfinished(self) -> None:
        """Takes away what a writer that was killed left: it may hold a credential."""
        for left in self.directory.glob(".*"):
            if not left.is_dir():
                left.unlink()

    def text(self, path: Path) -> str:
        """What we wrote into ``path``; empty when there is no such file, or it is somebody else's."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return ""
        with os.fdopen(handle, encoding="ascii", errors="replace") as file:
            return file.read() if os.fstat(handle).st_uid == os.getuid() else ""

    def replace(self, path: Path, content: bytes) -> None:
        """Puts ``content`` at ``path`` in one step, readable by its owner only.

        Whoever reads sees the old content or the new. Envoy watches the directory for the rename.
        """
        handle, temporary = tempfile.mkstemp(dir=self.directory, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
