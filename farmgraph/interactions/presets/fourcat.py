"""4CAT: tables that the capture and analysis toolkit makes of what it collects, one form per platform.

Seen: how 4CAT's sources for Twitter (API v2), Telegram, TikTok and Bluesky map a post to columns
(repository digitalmethodsinitiative/4cat). Its NDJSON files hold posts as the platform gave them: those of
Twitter are read as ``twitter-v2``, with the reposts that the table lacks; of other platforms, export the
table.

No table has the id of what was reposted. For Twitter, reposts are therefore left out, since their links,
hashtags and text are those of the original; for Telegram, a forward names where the message came from, not
the message. ``thread_id`` of Twitter is the conversation, so replies anywhere in it count as replies to one
thing.

``timestamp`` is text in UTC for Twitter and in the zone of the 4CAT server for Telegram and TikTok, where
``unix_timestamp`` is exact. Forums (4chan, 8kun) have no accounts and are not recognised.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_OWN = ("is_retweet!=yes",)
_NOT_FORWARDED = (
    "!author_forwarded_from_id",
    "!author_forwarded_from_username",
    "!author_forwarded_from_name",
)
_QUOTED = (
    "quoted_post!=DELETED",
    "quoted_post!=REMOVED BY AUTHOR",
    "quoted_post!=VIEWER BLOCKED BY AUTHOR",
)

PRESETS = (
    Preset(
        name="4cat",
        title="4CAT for Twitter",
        about="CSV of 4CAT for Twitter. Columns from 4CAT's source. It lacks the id of the tweet that was "
        "reposted: replies, links, hashtags and texts only. The NDJSON of the same data has it, and "
        "is read as twitter-v2.",
        account=("author_id", "author"),
        time=("timestamp", "unix_timestamp"),
        acts=(
            Act("reply", ("thread_id",), where=("is_reply=yes", *_OWN)),
            Act("link", ("urls[]",), rule="url", where=_OWN),
            Act("hashtag", ("hashtags[]",), rule="hashtag", where=_OWN),
            Act("text", ("body",), rule="text", where=_OWN),
        ),
        marks=("thread_id", "author", "author_id", "body", "timestamp|unix_timestamp", "is_retweet|urls"),
        table=True,
        notes=(
            "4CAT's table does not say which tweet was reposted, so reposts are left out; its NDJSON does.",
            "A reply names the conversation, not the tweet that was answered.",
        ),
    ),
    Preset(
        name="4cat-telegram",
        title="4CAT for Telegram",
        about="CSV of 4CAT for Telegram. Columns from 4CAT's source. It lacks the message that was "
        "forwarded and a list of links: link_attached is the one that Telegram shows a preview of.",
        account=("author",),
        time=("unix_timestamp", "timestamp"),
        acts=(
            Act("link", ("link_attached",), rule="url", where=_NOT_FORWARDED),
            Act("text", ("body",), rule="text", where=_NOT_FORWARDED),
            Act(
                "repost",
                (
                    "author_forwarded_from_id",
                    "author_forwarded_from_username",
                    "author_forwarded_from_name",
                ),
                holds="account",
            ),
        ),
        marks=("thread_id", "author", "body", "author_forwarded_from_name", "unix_timestamp_forwarded_from"),
        table=True,
        notes=(
            "A repost names the channel or person that a message was forwarded from, not the message.",
            "Replies are left out: their numbers repeat from chat to chat.",
        ),
    ),
    Preset(
        name="4cat-tiktok",
        title="4CAT for TikTok",
        about="CSV of 4CAT for TikTok (collected with Zeeschuimer). Columns from 4CAT's source. It lacks "
        "what a duet answers.",
        account=("author", "author_id"),
        time=("unix_timestamp", "timestamp"),
        acts=(
            Act("hashtag", ("hashtags[]",), rule="hashtag"),
            Act("text", ("body",), rule="text"),
        ),
        marks=("thread_id", "author", "body", "tiktok_url", "music_id", "timestamp|unix_timestamp"),
        table=True,
    ),
    Preset(
        name="4cat-bluesky",
        title="4CAT for Bluesky",
        about="CSV of 4CAT for Bluesky. Columns from 4CAT's source. It lacks reposts and likes.",
        account=("author_id", "author"),
        time=("created_at", "timestamp"),
        acts=(
            Act("quote", ("quoted_post",), holds="person", where=_QUOTED),
            Act("reply", ("replied_to_post",), holds="person"),
            Act("link", ("links[]",), rule="url"),
            Act("hashtag", ("tags[]",), rule="hashtag"),
            Act("text", ("body",), rule="text"),
        ),
        marks=("thread_id", "author_id", "body", "quoted_post", "replied_to_post", "created_at"),
        table=True,
        notes=(
            "What is quoted or answered is named by an address with the author's handle, which may change.",
        ),
    ),
)
