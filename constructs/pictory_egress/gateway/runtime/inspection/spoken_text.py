"""Text that Pictory speaks or shows may name any site. What a program reads in it may not."""

import re
from typing import Final

from .hosts import Hosts
from .readings import Budget, readings
from .references import check_references

# Those among the compatibility forms of "<", "&", "%" and the backslash that a program may take for the sign itself.
_FORMS: Final = re.compile("[\ufe60\ufe64\ufe68\ufe6a\uff05\uff06\uff1c\uff3c]")

# In SSML: names of XML namespaces and where their schema lies, which are constants; and words that only look like names
# of hosts, such as the format of a date.
_NO_REFERENCES: Final = re.compile(
    r"""
    (?<=["'\s])https?://www\.w3\.org/(?:2001/10/synthesis|2001/mstts|2001/XMLSchema-instance
        |TR/speech-synthesis(?:11)?/synthesis\.xsd)(?=["'\s])
    | (?<=\s)(?:format|name|role)\s*=\s*(["'])[\w.:-]*\1
    """,
    re.VERBOSE,
)

_FOR_PROGRAMS: Final = re.compile(
    r"""
    # The text of a script or a style sheet is a program itself.
    <(?:script|style)\b.*\Z
    # Within a comment, a declaration or a processing instruction, readers differ in where it ends.
    | <\?xml\s(?:[^<>"'?]|"[^"<>]*+"|'[^'<>]*+')*+\?>
    | <[!?].*\Z
    # A tag. Another may begin within it, for a reader who sees its quotes differently. A quote that nothing ends runs
    # to the end of the text.
    # What stands between "<" and ">" as a URL or a mail address alone is a way to write those, and no tag.
    | (?=(<(?!(?:[a-z][a-z0-9+.-]{0,31}+:|[^\s<>"'=/@]{1,64}+@)[^\s<>"'=]{0,2048}+>)[a-z/]
        (?:[^>=]|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?)*+(?:>|\Z)))<
    # A picture in Markdown, or where a reference to one leads; a reference in CSS. Readers differ in where they end.
    | !\[.*\Z
    | \]:\s*+\S++
    | url\(.*\Z
    | @import[^;]*+
    # An expression in a template that is more than a name.
    | \$\{(?![\w .-]{0,99}\}).*\Z
    | \{\{(?![\w .-]{0,99}\}\}).*\Z
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def check_spoken_text(text: str, allowed: Hosts, budget: Budget) -> None:
    """Raises RefusedError unless what a program would read in ``text`` refers to hosts of ``allowed`` alone.

    That is what stands in tags, so that SSML's ``<audio src>`` is checked and the words beside it are not, and in
    other forms that programs act on.
    """
    if not _has_signs(text):
        return
    for reading in readings(text, budget):
        for part in _FOR_PROGRAMS.finditer(reading):
            found = part[1] or part[0]
            budget.spend(found)
            check_references(_NO_REFERENCES.sub("", found), allowed, budget)


def _has_signs(text: str) -> bool:
    """Whether ``text`` has one of the signs that begin whatever a program could act on, escaped or not."""
    return (
        "<" in text or "&" in text or "%" in text or "\\" in text
        or "${" in text or "{{" in text or "(" in text or "@" in text or "]:" in text
        or (not text.isascii() and _FORMS.search(text) is not None)
    )  # fmt: skip
