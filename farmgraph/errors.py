"""What can go wrong, named.

Every message says what was found, what was expected and what to do about it.
The command line turns :class:`UsageError` and :class:`InputError` into exit code 2
and every other :class:`FarmgraphError` into exit code 1.
"""


class FarmgraphError(Exception):
    """Base of all errors that farmgraph raises on purpose."""


class UsageError(FarmgraphError, ValueError):
    """An option has a value that cannot be used."""


class InputError(FarmgraphError, ValueError):
    """A log, a table or a case cannot be read as asked."""


class BudgetError(FarmgraphError, RuntimeError):
    """The work asked for is larger than the stated budget."""
