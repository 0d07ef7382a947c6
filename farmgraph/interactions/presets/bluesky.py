"""Bluesky: events of Jetstream, one JSON object per line.

Documented in the README of bluesky-social/jetstream (its first version, whose stream is described there in
full); the records inside are those of the lexicons ``app.bsky.feed.*`` and ``app.bsky.graph.follow``, which
were not at hand: their fields are those that 4CAT reads, and from memory. Repositories and records are
named by DID and ``at://`` address and stay the same when a handle changes.

A ``delete`` takes back the record with the same DID, collection and key. Events of identities and accounts,
and updates, make no act. ``time_us`` is when Jetstream saw the event, ``createdAt`` what the author's
program claims: the first is used. Likes, reposts, quotes and replies name posts; follows name accounts.
"""

from farmgraph.interactions.presets.shape import Act, Preset


def _made(collection: str) -> tuple[str, ...]:
    return ("commit.operation=create", f"commit.collection={collection}")


_POST = _made("app.bsky.feed.post")

PRESET = Preset(
    name="bluesky",
    title="Bluesky Jetstream",
    about="JSON lines of Jetstream, documented in its README. It has what happened while it was "
    "recorded, and nothing before.",
    account=("did",),
    time=("time_us",),
    acts=(
        Act("repost", ("commit.record.subject.uri",), holds="person", where=_made("app.bsky.feed.repost")),
        Act("like", ("commit.record.subject.uri",), holds="person", where=_made("app.bsky.feed.like")),
        Act("follow", ("commit.record.subject",), holds="account", where=_made("app.bsky.graph.follow")),
        Act(
            "quote",
            ("commit.record.embed.record.record.uri", "commit.record.embed.record.uri"),
            holds="person",
            where=_POST,
        ),
        Act("reply", ("commit.record.reply.parent.uri",), holds="person", where=_POST),
        Act(
            "link",
            (
                "commit.record.facets[].features[].uri",
                "commit.record.embed.external.uri",
                "commit.record.embed.media.external.uri",
            ),
            rule="url",
            where=_POST,
        ),
        Act(
            "hashtag",
            ("commit.record.facets[].features[].tag", "commit.record.tags[]"),
            rule="hashtag",
            where=_POST,
        ),
        Act("text", ("commit.record.text",), rule="text", where=_POST),
    ),
    marks=("did", "time_us", "commit.collection", "commit.operation", "commit.rkey"),
    json=True,
    key=("did", "commit.collection", "commit.rkey"),
    undo="commit.operation=delete",
)
