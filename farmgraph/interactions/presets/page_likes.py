"""Likes of pages: who liked which page and when.

No product exports this shape; it is how such logs are mostly written down, by platforms for their own use and in
research. A worked example::

    user,page,page_name,liked_at
    u17,p3,Bakery Löwe,2024-05-01T09:00:00Z
    u18,p3,Bakery Löwe,2024-05-01T09:00:04Z

Two accounts liked the page ``p3`` within four seconds. The account is ``user`` (or ``user_id``, ``liker``), the content
``page`` (or ``page_id``), the time ``liked_at``; names of pages are for people, because they change.

A log of just ``user,page,liked_at`` is not recognised: three such columns are guessed by their names anyway, and may
mean something else. Say ``preset="page-likes"`` to read it so. Columns of other names are named in reading:
``fg.read("likes.csv", account="fan", content="site", time="at")``. A like that was taken back is not told apart.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="page-likes",
    title="Likes of pages",
    about="A usual way to write down who liked which page and when; no product's format.",
    account=("user", "user_id", "liker", "liker_id"),
    time=("liked_at",),
    acts=(Act("like", ("page", "page_id")),),
    marks=("user|user_id|liker|liker_id", "page|page_id", "page_name|page_category|page_url", "liked_at"),
    against=("action", "action_type", "type", "event", "event_type", "verb", "reaction"),
    json=True,
    table=True,
)
