"""Mastodon: statuses, and notifications (which say who favourited and boosted), as the REST API gives them.

Documented in the pages on the entities Status, Quote, Account and Notification of mastodon/documentation.
The list of one's favourites has neither time nor actor, and the list of those who favourited a status has
no time; only notifications have both, for the statuses of one account.

Ids of accounts and statuses are numbers of one server, and ``acct`` lacks the server for that server's own
accounts, so both mix people up as soon as logs of two servers are joined. ``account.url`` and the ``uri``
of a status are the same on every server, so they come first. ``in_reply_to_id`` has no such counterpart: do
not mix replies from several servers.

``content`` is HTML and compared with its tags. The card is the first link of a status; others stand in the
HTML only.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_ACCOUNT = ("account.url", "account.acct", "account.id")
_OWN = ("!reblog.id",)
_STATUS = ("status.uri", "status.url", "status.id")

PRESETS = (
    Preset(
        name="mastodon",
        title="Mastodon statuses",
        about="JSON of statuses from the REST API, documented by Mastodon. It lacks favourites, the "
        "addresses of links beyond the first, and the address of what was answered.",
        account=_ACCOUNT,
        time=("created_at",),
        acts=(
            Act("repost", ("reblog.uri", "reblog.url", "reblog.id"), holds="person"),
            Act(
                "quote",
                ("quote.quoted_status.uri", "quote.quoted_status.id", "quote.quoted_status_id"),
                holds="person",
                where=_OWN,
            ),
            Act("reply", ("in_reply_to_id",), where=_OWN),
            Act("link", ("card.url",), rule="url", where=_OWN),
            Act("hashtag", ("tags[].name",), rule="hashtag", where=_OWN),
            Act("text", ("content",), rule="text", where=_OWN),
        ),
        marks=("id", "uri", "created_at", "content", "visibility", "account.acct"),
        json=True,
        notes=(
            "Accounts are named by the address of their profile: ids and short names repeat across servers.",
            "What was answered is named by a number of one server: do not mix replies of several servers.",
        ),
    ),
    Preset(
        name="mastodon-notifications",
        title="Mastodon notifications",
        about="JSON of notifications from the REST API, documented by Mastodon: who favourited, boosted or "
        "quoted the statuses of one account.",
        account=_ACCOUNT,
        time=("created_at",),
        acts=(
            Act("repost", _STATUS, holds="person", where=("type=reblog",)),
            Act("like", _STATUS, holds="person", where=("type=favourite",)),
            Act("reply", ("status.in_reply_to_id",), where=("type=mention",)),
        ),
        marks=("id", "type", "created_at", "account.acct", "status.id"),
        json=True,
        notes=("Only what others did with the statuses of the account whose notifications these are.",),
    ),
)
