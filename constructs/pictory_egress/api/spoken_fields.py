"""Body fields whose text Pictory only speaks or shows: there a caller may write of any site, address or file."""

from typing import Final

SPOKEN_FIELDS: Final[dict[str, str]] = {
    "story": "the narration",
    "scenes.story": "the narration of a scene",
    "scenes.text": "the same in the first version of the API",
    "videoName": "a title",
}
"""By path, with why."""
