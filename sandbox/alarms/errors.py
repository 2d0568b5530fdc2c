"""What is deployed but not understood here."""


class UnsupportedError(Exception):
    """A pattern, an expression or an alarm holds something that is not evaluated here; the message names it."""
