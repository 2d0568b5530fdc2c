"""A new credential for Pictory, as the operator gives it: by prompt or standard input, never as an argument."""

import getpass
import json
import sys
from datetime import datetime
from typing import Final

from pictory_egress.cli.errors import CommandError
from pictory_egress.credentials.runtime.credential import MalformedError, parse_candidate

_LONGEST: Final = 4096
_PROMPTS: Final = {
    "api-key": {"api_key": "API key (from Pictory's portal)"},
    "oauth": {"client_id": "Client id", "client_secret": "Client secret", "user_id": "Pictory user id"},
}


def read(mode: str) -> dict[str, str]:
    """The fields of a credential of ``mode``: asked for on a terminal, else one a line, in this order.

    Raises
    ------
    CommandError
        There are fewer or more lines than fields, or far too much.
    """
    prompts = _PROMPTS[mode]
    if sys.stdin.isatty():
        return {name: getpass.getpass(f"{prompt}: ").strip() for name, prompt in prompts.items()}
    text = sys.stdin.read(_LONGEST + 1)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(text) > _LONGEST or len(lines) != len(prompts):
        raise CommandError(
            f"standard input is not a credential: give {len(prompts)} line(s) for mode {mode!r}: {', '.join(prompts)}"
        )
    return dict(zip(prompts, lines, strict=True))


def document(mode: str, fields: dict[str, str], *, staged_by: str, now: datetime) -> str:
    """The candidate as the staging secret holds it, after the check that the rotation will make.

    Raises
    ------
    CommandError
        The fields do not have the form that Pictory issues; the message repeats none of them.
    """
    text = json.dumps(
        {"mode": mode, **fields, "staged_at": now.isoformat(timespec="seconds"), "staged_by": staged_by}
    )
    try:
        parse_candidate(text, now=now)
    except MalformedError as problem:
        raise CommandError(f"not staged: {problem}: copy it again, whole, from Pictory's portal") from None
    return text
