"""``python -m pictory_egress.cli``."""

import sys

from pictory_egress.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
