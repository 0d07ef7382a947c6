"""Connections: who asked whom to connect, as in professional networks, and when.

No product exports this shape; it is how such logs are mostly written down. A worked example::

    from,to,connected_at
    u17,u40,2024-05-01T09:00:00Z
    u18,u40,2024-05-01T09:00:04Z

The account is the one who asked, the content the one who was asked, which is an account, too. A connection has two
ends: a log that does not know who asked must say so by holding each pair twice, once each way, or half of the shared
neighbours are lost.

Columns of other names are named in reading: ``fg.read("edges.csv", account="inviter", content="invitee",
time="accepted_at")``. Mind what the time is: asking is the act of the account, accepting that of the other end.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="connections",
    title="Connections",
    about="A usual way to write down who connected to whom and when; no product's format.",
    account=("from", "from_id"),
    time=("connected_at",),
    acts=(Act("connect", ("to", "to_id"), holds="account"),),
    marks=("from|from_id", "to|to_id", "connected_at"),
    against=("action", "action_type", "type", "event", "event_type", "verb", "reaction"),
    json=True,
    table=True,
    notes=("The first end of a connection is read as the one who acted.",),
)
