"""Finding the AWS provider on this machine, so that Terraform needs no network to install it.

Looked for in this order: a CLI configuration that already says where providers come from, the folder named by
PICTORY_EGRESS_PROVIDER_MIRROR, Terraform's implied mirror folders, the folders directly under ``/opt``. A mirror
holds ``<host>/hashicorp/aws/<version>/<platform>/`` or the packed form beside it.
"""

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

SETTING = "PICTORY_EGRESS_PROVIDER_MIRROR"
PROVIDER = "hashicorp/aws"
VERSION = "5.100.0"
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class MirrorError(Exception):
    """The mirror that was asked for holds no provider that fits."""


@dataclass(frozen=True)
class Source:
    """Where the provider comes from: a CLI configuration as it is, a mirror, or (neither) the network."""

    cli_config: Path | None = None
    mirror: Path | None = None

    def configure(self, folder: Path) -> Path | None:
        """The CLI configuration to use; that of a mirror is written into ``folder``."""
        if self.mirror is None:
            return self.cli_config
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "terraform.tfrc"
        path.write_text(
            f"""provider_installation {{
  filesystem_mirror {{
    path    = "{self.mirror.as_posix()}"
    include = ["{PROVIDER}"]
  }}
  direct {{
    exclude = ["{PROVIDER}"]
  }}
}}
""",
            encoding="utf-8",
        )
        return path


def find(environment: Mapping[str, str] | None = None) -> Source:
    """The first source that fits; raises MirrorError when the setting names a folder that does not."""
    given = os.environ if environment is None else environment
    home = Path(given.get("HOME") or Path.home())
    for config in (Path(given.get("TF_CLI_CONFIG_FILE") or home / ".terraformrc"), home / ".terraformrc"):
        if config.is_file() and "provider_installation" in config.read_text(
            encoding="utf-8", errors="replace"
        ):
            return Source(cli_config=config)
    wanted = given.get(SETTING)
    if wanted:
        if not holds_provider(Path(wanted)):
            raise MirrorError(
                f"{SETTING}: {wanted!r} holds no {PROVIDER} {VERSION} for {platform_name()}: name the folder in which "
                f"`terraform providers mirror` put it, or leave the setting out"
            )
        return Source(mirror=Path(wanted).resolve())
    for folder in _candidates(given, home):
        if holds_provider(folder):
            return Source(mirror=folder)
    return Source()


def holds_provider(mirror: Path) -> bool:
    """Whether a folder is a mirror with the provider's version for this platform, unpacked or packed."""
    try:
        homes = [home for home in mirror.glob(f"*/{PROVIDER}") if home.is_dir()]
    except OSError:
        return False
    packed = f"terraform-provider-aws_{VERSION}_{platform_name()}.zip"
    return any((home / VERSION / platform_name()).is_dir() or (home / packed).is_file() for home in homes)


def platform_name() -> str:
    """This machine as Terraform calls it, such as ``linux_amd64``."""
    system = "windows" if sys.platform == "win32" else sys.platform
    machine = platform.machine().lower()
    return f"{system}_{_MACHINES.get(machine, machine)}"


def _candidates(environment: Mapping[str, str], home: Path) -> Iterable[Path]:
    yield home / ".terraform.d" / "plugins"
    data_home = environment.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    data_folders = (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(os.pathsep)
    yield from (Path(folder) / "terraform" / "plugins" for folder in (data_home, *data_folders))
    root = Path("/opt")
    if root.is_dir():
        yield from sorted(folder for folder in root.iterdir() if folder.is_dir())
