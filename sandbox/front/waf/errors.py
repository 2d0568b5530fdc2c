"""What is deployed but not understood here."""


class UnsupportedError(Exception):
    """The deployed web ACL holds something that this evaluation does not know; the message names it.

    Raised when the web ACL is read, before any request: nothing passes because it was not understood.
    """
