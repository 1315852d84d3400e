"""The error that tells a user what to do."""


class UserError(ValueError):
    """Input that a user can mend: one sentence that names the place, the rule and the remedy.

    The command line prints the message without a traceback and exits with status 2.
    """
