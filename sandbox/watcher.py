"""Ends what a sandbox started, when the sandbox itself was killed.

Run as ``watcher.py DIRECTORY``; standard input carries one process group a line and closes with the sandbox.
"""

import contextlib
import os
import shutil
import signal
import sys


def main() -> None:
    """Wait for the end of standard input, then clean up whatever is still there."""
    # Ctrl-C is the sandbox's to handle: it cleans up, and this process must outlast it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    if not os.path.isdir(sys.argv[1]):  # noqa: PTH112 - starts in milliseconds without pathlib
        return
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
