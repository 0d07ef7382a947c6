"""How a log is to be read, checked before anything is opened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farmgraph.errors import UsageError
from farmgraph.interactions.contentkeys import checked_rule
from farmgraph.interactions.encodings import checked_encoding
from farmgraph.interactions.patterns import checked_pattern
from farmgraph.interactions.presets import preset_named
from farmgraph.interactions.times import checked_timezone
from farmgraph.runtime import thread_count

DUPLICATES = ("remove", "keep")


@dataclass(frozen=True)
class Options:
    """Options of `farmgraph.read`, checked; empty texts stand for what is usual."""

    columns: Mapping[str, str | None]
    keep: tuple[str, ...]
    preset: str
    actions: tuple[str, ...] | None
    normalise: str | None
    time_format: str
    timezone: str
    encoding: str
    duplicates: str
    threads: int | None

    def told(self) -> dict[str, str]:
        """Return what differs from the usual, as the command line writes it."""
        given = {
            "preset": self.preset,
            "actions": ",".join(self.actions or ()),
            "normalise": self.normalise or "",
            "time_format": self.time_format,
            "timezone": self.timezone,
            "encoding": self.encoding,
            "duplicates": "" if self.duplicates == "remove" else self.duplicates,
        }
        return {name: value for name, value in given.items() if value}


def checked_options(
    *,
    columns: Mapping[str, str | None],
    keep: Sequence[str] = (),
    preset: str | None = None,
    actions: Sequence[str] | str | None = None,
    normalise: str | None = None,
    time_format: str | None = None,
    timezone: str | None = None,
    encoding: str | None = None,
    duplicates: str = "remove",
    threads: int | None = None,
) -> Options:
    """Check the options of `farmgraph.read`.

    Raises
    ------
    UsageError
        If one of them cannot be used.
    """
    if preset is not None and preset != "none":
        preset_named(preset)
        named = [role for role, column in columns.items() if column is not None]
        if named:
            raise UsageError(
                f"preset={preset!r} says which fields are meant, and so does {named[0]}=. Name one of the two."
            )
        if time_format:
            raise UsageError(f"preset={preset!r} knows how its times are written; leave time_format out.")
    checked_rule(normalise)
    if duplicates not in DUPLICATES:
        raise UsageError(f"duplicates is {duplicates!r}; expected one of {', '.join(DUPLICATES)}.")
    thread_count(threads)
    if actions is not None:
        actions = (actions,) if isinstance(actions, str) else tuple(actions)
        if not actions or not all(isinstance(name, str) and name for name in actions):
            raise UsageError(f"actions is {actions!r}; expected names of actions, such as ['repost'].")
    return Options(
        columns=dict(columns),
        keep=(keep,) if isinstance(keep, str) else tuple(keep),
        preset=preset or "",
        actions=actions,
        normalise=normalise,
        time_format=checked_pattern(time_format) if time_format else "",
        timezone=checked_timezone(timezone),
        encoding=checked_encoding(encoding) if encoding else "",
        duplicates=duplicates,
        threads=threads,
    )
