"""How a command ends other than well."""


class CommandError(Exception):
    """The command could not do what was asked; the message says what to mend."""


class Finding(Exception):  # noqa: N818 - the command worked; what it found is not good
    """The command did what was asked, and what it found is not good."""
