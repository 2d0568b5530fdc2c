"""Body fields whose text Pictory only speaks, shows or searches for: there a caller may write of any site or address.

A field stands here when public documentation says what Pictory does with it, and that is none of fetching, reporting
and running. Prompts do not: what a model does with a URL in them is not documented. Template variables do not either:
a template may put them anywhere.
"""

from typing import Final

SPOKEN_FIELDS: Final[dict[str, str]] = {
    # Spoken, and shown as subtitles.
    "story": "narration",
    "scenes.story": "narration of a scene",
    "scenes.text": "narration of a scene, in version 1",
    "scenes.caption": "subtitle in place of the narration",
    "scenes.subtitles.text": "subtitle",
    "scenes.sub_scenes.text_lines.text": "subtitle, in a render of version 1",
    # Shown over the picture; the body of an update of elements is an array of them.
    "text": "text of an element",
    "elements.text": "text of an element",
    "scenes.elements.text": "text of an element",
    "scenes.layers.text": "text of a layer, in a template",
    # What was said in a video, with its words.
    "transcript.text": "transcript",
    "transcript.words.word": "transcript",
    "transcript.word": "transcript in version 1, a list of words",
    "scenes.transcript.text": "transcript",
    "scenes.transcript.words.word": "transcript",
    # Names and titles of results.
    "videoName": "name of the video",
    "videoDescription": "description of the video",
    "output.name": "name of the video, in a render of version 1",
    "output.title": "title of the video",
    "output.description": "description of the video",
    "description": "description of a connection or a voice",
    # Words that Pictory searches its libraries for.
    "query": "search for music",
    "scenes.keywords": "search for a picture",
    "scenes.background.searchFilter.query": "search for a picture",
    "scenes.background.searchFilter.keywords": "search for a picture",
    "scenes.elements.searchFilter.query": "search for a picture",
    # The name of a file that the caller uploads himself.
    "fileName": "name of an upload",
}
"""What each is, by its path. Lists on the way take no part in a path."""
