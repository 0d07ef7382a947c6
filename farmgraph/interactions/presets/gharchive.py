"""GH Archive: the public events of GitHub, one JSON object a line, one file an hour.

The archive (gharchive.org) keeps what GitHub's events API returns, documented at docs.github.com under "GitHub event
types", which was at hand. Since 2015 the shape is the one read here. Two types of events are acts: ``WatchEvent``,
which in spite of its name is a star, and ``ForkEvent``. All other types are rejected as "no action".

There is no event for taking a star back. A repository that is renamed has another ``repo.name`` from then on, and an
account another ``actor.login``; ``repo.id`` and ``actor.id`` stay. The files of 2011 to 2014 name actor and
repository otherwise and are not recognised.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="gharchive",
    title="GH Archive",
    about="GitHub's public events since 2015. GitHub's reference of event types was at hand.",
    account=("actor.login", "actor.id"),
    time=("created_at",),
    acts=(
        Act("star", ("repo.name", "repo.id"), where=("type=WatchEvent",)),
        Act("fork", ("repo.name", "repo.id"), where=("type=ForkEvent",)),
    ),
    marks=("type", "actor.login|actor.id", "repo.name|repo.id", "created_at"),
    json=True,
    table=True,
    resolution_s=1.0,
    notes=("Stars and forks are read; other events of GitHub are no action here.",),
)
