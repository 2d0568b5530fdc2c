"""RE2 patterns for what Envoy has no matcher for."""

from collections.abc import Iterable

_Trie = dict[str, "_Trie"]
_END = ""


def header_names_other_than(names: Iterable[str]) -> str:
    """A pattern of every header name but ``names``, pseudo-headers aside.

    Envoy can remove the headers whose name matches, not keep them; RE2 has no look-ahead. The complement of a
    finite set of words is itself regular: walk their common prefixes, and match wherever a name leaves them.
    """
    trie: _Trie = {}
    for name in names:
        node = trie
        for character in name:
            node = node.setdefault(character, {})
        node[_END] = {}
    return _outside(trie, never_first=":")


def _outside(node: _Trie, *, never_first: str = "") -> str:
    children = {character: child for character, child in sorted(node.items()) if character != _END}
    # '-' stands first in a class, where it means itself.
    known = "".join(sorted({*children, *never_first}, key=lambda character: (character != "-", character)))
    branches = [f"[^{known}].*" if known else ".+"]
    branches += [character + _outside(child) for character, child in children.items()]
    # A word of the set ends here: leaving it takes at least one more character.
    return f"({'|'.join(branches)})" + ("" if _END in node or never_first else "?")
