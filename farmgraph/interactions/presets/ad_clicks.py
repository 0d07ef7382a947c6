"""Clicks on advertisements, as in the log that TalkingData published for a contest on fraud in 2018.

Its columns are ``ip``, ``app``, ``device``, ``os``, ``channel``, ``click_time``, ``attributed_time``,
``is_attributed``; the header was at hand in public code, the description of the contest was not. A worked example::

    ip,app,device,os,channel,click_time,attributed_time,is_attributed
    87540,12,1,13,497,2017-11-07 09:30:38,,0
    105560,12,1,17,497,2017-11-07 09:30:41,,0

The account is the address, numbered anew by the publisher: ``device`` and ``os`` are makes and versions shared by
millions, not single machines. Logs that know the machine call it ``device_id``, which comes first. An address may
stand for a whole town behind one gateway, so a group of addresses is no group of people.

The content is the app that is advertised: that is what a click acts on. Who gains by false clicks is the ``channel``,
the site that is paid for them, and the app through a channel would be sharper than either. One column is one content,
so name it to look at channels, ``fg.read("clicks.csv", account="ip", content="channel", time="click_time")``, or write
app and channel into one column first. There are a few hundred apps and as many channels for millions of clicks:
sharing one means little, sharing seconds again and again may mean something. Many clicks of one second are alike in
every column; say ``duplicates="keep"`` to keep them all. ``is_attributed`` says that the app was installed afterwards;
it says nothing about fraud.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="ad-clicks",
    title="Clicks on advertisements",
    about="The log of TalkingData's contest of 2018 and logs like it. Its header was at hand, its description was not.",
    account=("device_id", "ip"),
    time=("click_time",),
    acts=(Act("click", ("app", "app_id")),),
    marks=("device_id|ip", "app|app_id", "channel|channel_id", "click_time"),
    against=("action", "event", "event_type", "type", "user", "user_id", "account", "account_id", "uid"),
    json=True,
    table=True,
    resolution_s=1.0,
    notes=("Accounts may be IP addresses, and one address may be shared by many people.",),
)
