"""The operator's command line, ``pictory-egress``."""

from pictory_egress.cli.program import main

__all__ = ["main"]
