"""X (Twitter) information operations archive: tables of tweets of accounts that the platform took down.

Columns are those that many public scripts list (31 of them, from ``tweetid`` to ``poll_choices``); the
platform's own description was not at hand. Lists stand as text: ``[a, b]`` without quotes, ``['a', 'b']``,
or nothing. Ids of accounts with few followers are hashes, the same account always the same hash.

``tweet_time`` has minutes only. The id of a tweet holds a finer time, but the archive's stated clock is
used: whoever compares windows of seconds should not find what the archive does not say.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_OWN = ("!retweet_tweetid", "is_retweet!=true")

PRESET = Preset(
    name="x-archive",
    title="X information operations archive",
    about="CSV of the archive of information operations of X (Twitter). Columns from scripts of "
    "others; the platform's description was not at hand. Times are whole minutes.",
    account=("userid",),
    time=("%Y-%m-%d %H:%M|tweet_time", "tweet_time"),
    acts=(
        Act("repost", ("retweet_tweetid",)),
        Act("quote", ("quoted_tweet_tweetid",), where=_OWN),
        Act("reply", ("in_reply_to_tweetid",), where=_OWN),
        Act("link", ("urls[]",), rule="url", where=_OWN),
        Act("hashtag", ("hashtags[]",), rule="hashtag", where=_OWN),
        Act("text", ("tweet_text",), rule="text", where=_OWN),
    ),
    marks=("tweetid", "userid", "tweet_time", "is_retweet", "tweet_text"),
    table=True,
    resolution_s=60.0,
    notes=("Times are whole minutes: nothing shorter can be told apart.",),
)
