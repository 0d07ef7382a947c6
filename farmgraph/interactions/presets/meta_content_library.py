"""Meta Content Library: posts on Facebook and Instagram, as its web interface and its API give them to researchers.

Documented in Meta's data dictionary (developers.facebook.com/docs/content-library-and-api/appendix/data-dictionary),
of which excerpts were at hand; the columns of the CSV were checked against public code that reads it. In JSON the
fields are nested (``post_owner`` holds ``id``), in CSV they are columns with dots (``post_owner.id``).

``post_owner`` is who posted, ``surface`` the page, group, event or profile on which the post stands. The account here
is the owner: groups are places, not actors. Ids are the library's own and lead nowhere else. ``shared_post_id`` is
the original of a shared post. ``hashtags`` are given for Instagram only, ``link_attachment`` for Facebook only.

Which fields an API answer holds is chosen in the query. By default it holds neither ``text`` nor links nor
``shared_post_id``: a log that was fetched so makes no interactions. Comments, which name their author under
``owner``, and channel messages are other formats and are not read.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="meta-content-library",
    title="Meta Content Library",
    about="CSV downloads and API answers with posts on Facebook and Instagram. Meta's data dictionary was at hand in "
    "excerpts, real files were not. Comments are not read.",
    account=("post_owner.id", "post_owner.username", "post_owner.name"),
    time=("creation_time",),
    acts=(
        Act("share", ("shared_post_id",)),
        Act("link", ("link_attachment.link",), "url"),
        Act("hashtag", ("hashtags[]",), "hashtag"),
        Act("text", ("text",), "text"),
    ),
    marks=("post_owner.id|post_owner.username|post_owner.name", "creation_time"),
    json=True,
    table=True,
    resolution_s=1.0,
)
