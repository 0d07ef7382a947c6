"""Followers: who followed whom and when.

No product exports this shape; it is how such logs are mostly written down. A worked example::

    follower,followed,followed_at
    u17,shop_a,2024-05-01T09:00:00Z
    u18,shop_a,2024-05-01T09:00:04Z

The accounts are those who follow, the contents those who are followed, which are accounts, too: one that is bought
followers is a content here, and may follow others as an account. Many lists of followers hold no time: those of most
platforms come newest first, and the order alone is no time. Without one the shape is not recognised; say
``preset="followers"``, and overlap can be analysed, timing cannot.

Columns of other names are named in reading: ``fg.read("edges.csv", account="source", content="target", time="at")``.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="followers",
    title="Followers",
    about="A usual way to write down who followed whom and when; no product's format.",
    account=("follower", "follower_id"),
    time=("followed_at",),
    acts=(Act("follow", ("followed", "followed_id", "followee", "followee_id"), holds="account"),),
    marks=("follower|follower_id", "followed|followed_id|followee|followee_id", "followed_at"),
    against=("action", "action_type", "type", "event", "event_type", "verb", "reaction"),
    json=True,
    table=True,
)
