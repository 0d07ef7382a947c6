"""Telegram Desktop: the JSON export of one chat, group or channel (``result.json``).

One object with the messages in ``messages``. Fields are those of the writer in the source of Telegram
Desktop (export_output_json.cpp); newer versions write ``date_unixtime`` and ``text_entities``, and
``forwarded_from_id``, which was seen in code that reads exports only. ``date`` is the local time of the
exporting computer without its zone and is used only where ``date_unixtime`` is missing. ``text`` is a text,
or a list of texts and of objects with ``type`` and ``text``.

A forward counts as a repost of where it came from, and as the text, which alone tells what was forwarded.
Service messages (who joined, what was pinned) make no act. A forward names where a message came from and
not the message. Ids of messages count within one chat: do not mix the replies of several chats.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_OWN = ("type=message", "!forwarded_from_id", "!forwarded_from")

PRESET = Preset(
    name="telegram",
    title="Telegram Desktop export",
    about="JSON export of one chat by Telegram Desktop, written from the source of its exporter. It "
    "lacks the message that was forwarded, and in versions before 2022 the exact time.",
    account=("from_id", "actor_id"),
    time=("date_unixtime", "date"),
    acts=(
        Act("link", ("text_entities[type=link].text", "text[type=link].text"), rule="url", where=_OWN),
        Act(
            "link",
            ("text_entities[type=text_link].href", "text[type=text_link].href"),
            rule="url",
            where=_OWN,
        ),
        # Also of forwards: their text alone tells which message it was.
        Act("text", ("joined:text_entities[].text", "text"), rule="text", where=("type=message",)),
        Act("reply", ("reply_to_message_id",), where=_OWN, of_file=True),
        Act(
            "hashtag",
            ("text_entities[type=hashtag].text", "text[type=hashtag].text"),
            rule="hashtag",
            where=_OWN,
        ),
        # Last, for it names where a message came from, which many share, and not the message.
        Act("repost", ("forwarded_from_id", "forwarded_from"), holds="account", where=("type=message",)),
    ),
    marks=("id", "type", "date", "from_id", "text", "from|date_unixtime|text_entities"),
    json=True,
    notes=(
        "A repost names the channel or person that a message was forwarded from; which message it was tells its text.",
        "In exports of before 2022 only texts without formatting, links and hashtags in them are compared.",
        "Times without date_unixtime are local times of the computer that made the export.",
    ),
)
