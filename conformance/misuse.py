"""The one way in which a run that cannot begin is refused.

Raised by every room that first knows the user's mistake; `plugin` turns it into pytest's usage error,
`cli` into exit status 2. The message is one line that names the mistake and the remedy.
"""


class Misuse(Exception):
    """What was asked for cannot be done; nothing was run."""
