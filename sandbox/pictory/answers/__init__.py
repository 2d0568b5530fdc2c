"""How each operation answers, by its id in the catalog."""

from typing import Final

from sandbox.pictory.answers import account, jobs, library, making, projects, videos
from sandbox.pictory.answers.call import Call, Handler

HANDLERS: Final[dict[str, Handler]] = {
    **videos.HANDLERS,
    **jobs.HANDLERS,
    **projects.HANDLERS,
    **making.HANDLERS,
    **library.HANDLERS,
    **account.HANDLERS,
}

__all__ = ["HANDLERS", "Call", "Handler"]
