"""Twitter API v1.1: one tweet per line, as twarc 1, the streaming API and many older collections have them.

Seen: how coordination-network-toolkit reads such tweets; Twitter's own pages were not at hand, and the
fields of quotes are from memory. Tweets come with ``full_text`` (extended mode), with ``text`` cut at 140
letters and the whole in ``extended_tweet`` (streams), or with ``text`` alone.

The id of a tweet holds the millisecond in which it was made (ids since November 2010); ``created_at`` has
whole seconds and is used where there is no such id. A repost is one act: its links, hashtags and text are
those of the original. A cut text without ``extended_tweet`` ends in a link to the tweet itself; its links
are left out, since nothing tells them apart.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_OWN = ("!retweeted_status.id_str",)
_WHOLE = (*_OWN, "!extended_tweet.full_text", "truncated!=true")

PRESET = Preset(
    name="twitter-v1",
    title="Twitter API v1.1",
    about="JSON of the API's version 1.1, one tweet per line. Written from code of others that reads "
    "it; Twitter's own pages were not at hand. It has no likes.",
    account=("user.id_str",),
    time=("snowflake:id_str", "twitter:created_at"),
    acts=(
        Act("repost", ("retweeted_status.id_str",)),
        Act("quote", ("quoted_status_id_str",), where=_OWN),
        Act("reply", ("in_reply_to_status_id_str",), where=_OWN),
        Act("link", ("extended_tweet.entities.urls[].expanded_url",), rule="url", where=_OWN),
        Act("link", ("entities.urls[].expanded_url",), rule="url", where=_WHOLE),
        Act(
            "hashtag",
            ("extended_tweet.entities.hashtags[].text", "entities.hashtags[].text"),
            rule="hashtag",
            where=_OWN,
        ),
        Act("text", ("extended_tweet.full_text", "full_text", "text"), rule="text", where=_OWN),
    ),
    marks=("id_str", "user.id_str", "created_at", "text|full_text"),
    json=True,
    notes=("A link to a quoted tweet counts as a link.",),
)
