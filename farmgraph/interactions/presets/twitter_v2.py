"""Twitter/X API v2, as JSON lines written by twarc2 and as tables made of them by twarc-csv.

The API answers in pages (``{"data": [...], "includes": {...}, "meta": {...}}``), and twarc2 writes one page
per line; ``twarc2 flatten`` writes one tweet per line, with the tweets and users that it refers to inside
it. Seen: the converter and a sample table of DocNow/twarc-csv, and how 4CAT reads such tweets (its NDJSON
files hold them as they are, and are read by this preset). The documentation of the API itself and a file of
twarc2 were not at hand; ``note_tweet`` is from memory.

A repost is one act: its links, hashtags and text are those of the original. Where a post is longer than 280
letters, ``note_tweet`` holds all of it, and comes first.

Known and not filtered: the address of a quoted tweet and of one's own pictures stands among the links of a
tweet.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_REPOSTED = "referenced_tweets[type=retweeted].id"
_OWN = (f"!{_REPOSTED}",)
_OWN_ROW = ("!referenced_tweets.retweeted.id",)

PRESETS = (
    Preset(
        name="twitter-v2",
        title="Twitter/X API v2 (twarc2)",
        about="JSON of the API's version 2, pages or one tweet per line (twarc2). Written from code that "
        "reads it (twarc-csv, 4CAT); the API's documentation was not at hand. It has no likes.",
        account=("author_id",),
        time=("created_at", "snowflake:id"),
        acts=(
            Act("repost", (_REPOSTED,)),
            Act("quote", ("referenced_tweets[type=quoted].id",), where=_OWN),
            Act("reply", ("referenced_tweets[type=replied_to].id",), where=_OWN),
            Act(
                "link",
                ("note_tweet.entities.urls[].expanded_url", "entities.urls[].expanded_url"),
                rule="url",
                where=_OWN,
            ),
            Act(
                "hashtag",
                ("note_tweet.entities.hashtags[].tag", "entities.hashtags[].tag"),
                rule="hashtag",
                where=_OWN,
            ),
            Act("text", ("note_tweet.text", "text"), rule="text", where=_OWN),
        ),
        marks=(
            "id",
            "author_id",
            "text",
            "public_metrics.retweet_count|edit_history_tweet_ids|referenced_tweets|reply_settings",
        ),
        json=True,
        notes=("Links to a quoted tweet and to a post's own pictures count as links.",),
    ),
    Preset(
        name="twitter-v2-csv",
        title="Twitter/X API v2 as a table (twarc-csv)",
        about="CSV of twarc-csv. Columns from the source of DocNow/twarc-csv. Line breaks in texts are "
        "written as a backslash and an n. It may hold the tweets that others refer to as rows of "
        "their own.",
        account=("author_id",),
        time=("created_at", "snowflake:id"),
        acts=(
            Act("repost", ("referenced_tweets.retweeted.id",)),
            Act("quote", ("referenced_tweets.quoted.id",), where=_OWN_ROW),
            Act("reply", ("referenced_tweets.replied_to.id",), where=_OWN_ROW),
            Act("link", ("entities.urls[].expanded_url", "entities.urls[]"), rule="url", where=_OWN_ROW),
            Act(
                "hashtag", ("entities.hashtags[].tag", "entities.hashtags[]"), rule="hashtag", where=_OWN_ROW
            ),
            Act("text", ("text",), rule="text", where=_OWN_ROW),
        ),
        marks=("id", "author_id", "created_at", "text", "referenced_tweets.retweeted.id"),
        table=True,
        notes=("Links to a quoted tweet and to a post's own pictures count as links.",),
    ),
)
