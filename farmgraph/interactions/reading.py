"""What a reading hands over."""

from dataclasses import dataclass

from farmgraph.interactions.table import Interactions


@dataclass(frozen=True)
class Reading:
    """A log that was read, and what was seen on the way.

    Attributes
    ----------
    interactions : Interactions
        The log.
    columns_found : dict of str to list of str
        Columns of each source.
    guessed : tuple of str
        Roles whose column was guessed.
    recognised : str
        What was recognised and by what; empty if nothing was.
    forms : dict of str to str
        What kind of log each source is.
    time_kinds : dict of str to int
        Number of used rows for each way in which a time was written.
    from_cache : bool
        Whether nothing was read, because it had been kept.
    not_cached : str
        Why it was not kept, or was kept anew, as whole sentences; empty if there is nothing to say.
    """

    interactions: Interactions
    columns_found: dict[str, list[str]]
    guessed: tuple[str, ...]
    recognised: str
    forms: dict[str, str]
    time_kinds: dict[str, int]
    from_cache: bool = False
    not_cached: str = ""
