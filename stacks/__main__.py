"""``python -m stacks``: synthesizes every environment into ``cdktf.out/``.

All settings are read before anything is built: one that cannot be used stops the whole synthesis, and nothing
is written. ``PICTORY_EGRESS_ENVIRONMENTS`` names another folder of environment files.
"""

import os
import sys
from pathlib import Path

from pictory_egress.environment import SettingsError, load_all


def main() -> int:
    """Synthesize; 0 when done, 2 when the settings cannot be used."""
    folder = os.environ.get("PICTORY_EGRESS_ENVIRONMENTS")
    environments = Path(folder) if folder else Path(__file__).parent / "environments"
    paths = sorted(environments.glob("*.toml"))
    try:
        if not paths:
            raise SettingsError([f"{environments}: no environment (*.toml) in it: add one"])
        settings = load_all(paths)
    except SettingsError as error:
        print("The settings cannot be used; nothing was written:", file=sys.stderr)
        for problem in error.problems:
            print(f"  {problem}", file=sys.stderr)
        return 2
    # The framework is imported last: an error in a file is told at once.
    from stacks.app import build, synthesize

    synthesize(build(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
