"""The network before Pictory: it refuses the default User-Agent of common HTTP libraries."""

from typing import Final

REFUSED_AGENTS: Final = (
    "python-urllib", "python-requests", "python-httpx", "aiohttp", "curl/", "wget/", "go-http-client", "java/",
    "libwww-perl",
)  # fmt: skip
"""Beginnings of refused User-Agents, lower case. Which ones Cloudflare refuses for Pictory is not published."""

REFUSAL: Final = "error code: 1010"
"""The body that comes with its 403: plain text, where Pictory's own answers are JSON."""


def refuses(user_agent: str | None) -> bool:
    """Whether a request with this User-Agent is turned away before it reaches Pictory."""
    return not user_agent or user_agent.lower().startswith(REFUSED_AGENTS)
