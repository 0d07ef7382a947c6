"""Which column plays which role: named by the user, or guessed from its name and said aloud."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.schema import INTERACTIONS_SCHEMA, ROLES

USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "account": (
        *("account", "account_id", "user", "user_id", "author_id", "author", "actor", "actor_id"),
        *("username", "screen_name", "account_name", "user_name", "author_name", "handle", "login", "uid"),
        *("user.id_str", "user.id", "author.id", "actor.login", "actor.id", "user.screen_name", "user.login"),
        *(
            "profile",
            "profile_id",
            "member",
            "member_id",
            "customer",
            "customer_id",
            "reviewer",
            "reviewer_id",
        ),
        *("voter", "voter_id", "follower", "follower_id", "viewer", "sender", "sender_id"),
        *("from", "from_id", "source", "source_id"),
    ),
    "content": (
        *("content", "page", "post", "object_id", "object", "content_id", "page_id", "item", "item_id"),
        *("repo", "repository", "repo.name", "repository.full_name", "repo_name", "repo_id", "url", "url_id"),
        *("target", "target_id", "post_id", "video_id", "video", "product", "product_id", "asin"),
        *("retweet_id", "retweeted_id", "repost_id", "retweeted_status.id_str", "tweet_id", "status_id"),
        *("link", "hashtag", "article", "article_id", "thread_id", "media_id", "song", "track", "track_id"),
        *(
            "business",
            "business_id",
            "app_id",
            "channel",
            "channel_id",
            "subreddit",
            "followed",
            "followee",
            "to",
        ),
    ),
    "time": (
        *("timestamp", "time", "created_at", "starred_at", "date", "when", "datetime", "date_time"),
        *("timestamp_share", "unix_timestamp", "unix_time", "created", "created_time", "created_utc"),
        *("liked_at", "clicked_at", "posted_at", "published_at", "shared_at", "followed_at", "viewed_at"),
        *(
            "rated_at",
            "reviewed_at",
            "voted_at",
            "event_time",
            "action_time",
            "timestamp_ms",
            "timestamp_utc",
        ),
        *("utc_time", "ts", "epoch", "unixreviewtime"),
    ),
    "action": (
        *("action", "action_type", "type", "event", "event_type", "event_name", "kind"),
        *(
            "interaction",
            "interaction_type",
            "activity",
            "activity_type",
            "verb",
            "reaction",
            "reaction_type",
        ),
    ),
}
"""Names by which a column is recognised, the likeliest first; case, spaces, ``-`` and ``_`` do not matter."""

_REQUIRED = ("account", "content")


@dataclass(frozen=True)
class Roles:
    """Which column plays which role in one log.

    Attributes
    ----------
    columns : dict of str to str
        Column for each role that has one.
    guessed : tuple of str
        The roles whose column was not named by the user.
    keep : tuple of str
        Columns to carry along.
    action_name : str
        What all actions are called where no column says so.
    """

    columns: dict[str, str]
    guessed: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    action_name: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """Columns to read, each once."""
        return tuple(dict.fromkeys([*self.columns.values(), *self.keep]))

    def notes(self, found: Sequence[str]) -> list[str]:
        """Say in plain sentences what was guessed and what was not found."""
        notes = []
        if self.guessed:
            pairs = ", ".join(f"{role} = {self.columns[role]}" for role in self.guessed)
            notes.append(f"Columns guessed: {pairs}. {_way_out(self.guessed)}")
        if "time" not in self.columns:
            notes.append(
                f"No column of times found among {listed(found)}: overlap can be analysed, timing cannot. "
                "If one holds times, name it with time= (on the command line --time)."
            )
        return notes


def assign_roles(
    found: Sequence[str],
    named: Mapping[str, str | None],
    *,
    keep: Sequence[str] = (),
    where: str = "the log",
    unguessed: Sequence[str] = (),
) -> Roles:
    """Decide which column plays which role.

    Parameters
    ----------
    found : sequence of str
        The log's columns, in their order.
    named : mapping of str to (str or None)
        What the user named for each role; None means to guess.
    keep : sequence of str
        Columns to carry along.
    where : str
        What the log is called in messages.
    unguessed : sequence of str
        Further columns, which can be named but are never guessed.

    Returns
    -------
    Roles
        Account and content always have a column; time and action may have none.

    Raises
    ------
    InputError
        If a named column does not exist, account or content cannot be guessed, one column
        gets two roles, or a column that is needed stands in the header twice.
    UsageError
        If `keep` names a column that the table of interactions needs for itself.

    Examples
    --------
    >>> assign_roles(["User", "page", "liked_at"], {"content": "page"}).columns
    {'content': 'page', 'account': 'User', 'time': 'liked_at'}

    It looks at names only: whether a column's values suit its role shows when they are read.
    """
    every = [*found, *unguessed]
    if not every:
        raise InputError(
            f"{where} has no columns. Expected at least a column of accounts and one of contents."
        )
    columns: dict[str, str] = {}
    for role in ROLES:
        column = named.get(role)
        if column is not None:
            columns[role] = _existing(column, every, f"{role}={column!r}", where)
    guessed = []
    nested = [name for name in unguessed if name not in (*columns.values(), *keep)]
    for role in ROLES:
        if role not in columns:
            column = _guess(role, [name for name in found if name not in columns.values()])
            if column is not None:
                columns[role] = column
                guessed.append(role)
            elif role in _REQUIRED:
                raise InputError(
                    f"{where}: no column of {role}s recognised among {_told(found, nested)}. "
                    f"Name it: {role}={_example(found, columns)!r} in Python, --{role} on the command line."
                    if found or not nested
                    else f"{where}: no column of {role}s recognised, only {listed(nested)}, which "
                    f"{'holds' if len(nested) == 1 else 'hold'} arrays or objects. "
                    "Expected plain columns, or JSON with one object per row."
                )
    by_column: dict[str, str] = {}
    for role, column in columns.items():
        if column in by_column:
            raise InputError(
                f"{where}: column {column!r} is named for two roles, {by_column[column]} and {role}. "
                f"Each role needs a column of its own; found: {listed(found)}."
            )
        by_column[column] = role
    keep = tuple(dict.fromkeys(_existing(column, every, f"keep={column!r}", where) for column in keep))
    reserved = [column for column in keep if column in (*INTERACTIONS_SCHEMA.names, "raw_content")]
    if reserved:
        raise UsageError(
            f"keep names {reserved[0]!r}, which is a name that farmgraph's own table uses "
            f"({', '.join(INTERACTIONS_SCHEMA.names)}, raw_content). Rename the column in the log to keep it."
        )
    roles = Roles(columns, tuple(guessed), keep)
    for column in roles.wanted:
        if list(found).count(column) > 1:
            raise InputError(
                f"{where}: the header names {column!r} {list(found).count(column)} times, so it is unclear "
                f"which one is meant. Rename all but one; found: {listed(found)}."
            )
    return roles


def listed(names: Sequence[str], *, most: int = 30) -> str:
    """List names for a message, not more than a reader can take in.

    Examples
    --------
    >>> listed(["user", "page"])
    "'user', 'page'"
    """
    shown = ", ".join(repr(str(name)[:80]) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _told(found: Sequence[str], nested: Sequence[str]) -> str:
    return listed(found) + (f" (and, with arrays or objects in it, {listed(nested)})" if nested else "")


def _existing(column: str, found: Sequence[str], option: str, where: str) -> str:
    if not isinstance(column, str):
        raise UsageError(f"{option}: a column is named by a text, got {type(column).__name__}.")
    if column in found:
        return column
    folded = {name.casefold(): name for name in found}
    close = difflib.get_close_matches(column.casefold(), folded, n=1, cutoff=0.6)
    hint = f" Did you mean {folded[close[0]]!r}?" if close else ""
    raise InputError(f"{where} has no column {column!r} ({option}).{hint} Found: {listed(found)}.")


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.casefold())


def _guess(role: str, found: Sequence[str]) -> str | None:
    by_name: dict[str, str] = {}
    for name in found:
        by_name.setdefault(_plain(name), name)
    for usual in USUAL_NAMES[role]:
        if _plain(usual) in by_name:
            return by_name[_plain(usual)]
    if role == "time":
        # "downloaded_at" is plainly a time; two such columns are plainly a question for the user.
        endings = [name for name in found if re.search(r"(_at|[a-z]At|[ _-](time|date|timestamp))$", name)]
        if len(endings) == 1:
            return endings[0]
    return None


def _example(found: Sequence[str], taken: Mapping[str, str]) -> str:
    return next((name for name in found if name not in taken.values()), "name of the column")


def _way_out(roles: Sequence[str]) -> str:
    options, flags = (", ".join(form % role for role in roles) for form in ("%s=", "--%s"))
    return (
        f"Name {'it' if len(roles) == 1 else 'them'} yourself with {options} (on the command line {flags})."
    )
