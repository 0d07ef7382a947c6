"""coordination-network-toolkit: the table of eight columns that the toolkit of QUT Digital Observatory reads.

Documented in the README of QUT-Digital-Observatory/coordination-network-toolkit. The toolkit goes by the
order of the columns; here their names count, so a table with other names must be renamed. Links stand in
one field with blanks between them. A repost's links and text are those of the original and make no acts, as
in the toolkit.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_OWN = ("!repost_id",)

PRESET = Preset(
    name="coordination-toolkit",
    title="coordination-network-toolkit",
    about="CSV of coordination-network-toolkit, documented in its README. Times are seconds from any start.",
    account=("user_id",),
    time=("timestamp",),
    acts=(
        Act("repost", ("repost_id",)),
        Act("reply", ("reply_id",), where=_OWN),
        Act("link", ("urls[]",), rule="url", where=_OWN),
        Act("text", ("message",), rule="text", where=_OWN),
    ),
    marks=("message_id", "user_id", "repost_id", "reply_id", "message", "timestamp", "urls"),
    table=True,
)
