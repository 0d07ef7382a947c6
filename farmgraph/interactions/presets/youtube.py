"""YouTube: comments as the Data API gives them, and the tables of YouTube Data Tools (comments; lists of videos).

The Data API is documented at developers.google.com/youtube/v3/docs/comments and .../commentThreads, both at hand.
``commentThreads.list`` nests the first comment of a thread under ``snippet.topLevelComment``; ``comments.list`` gives
replies, with ``parentId``, the comment at the head of their thread, and mostly without ``videoId``. Both lists may
stand in one file. A reply that names its video is also a comment on that video, as YouTube itself counts it.

What a thread carries under ``replies.comments`` is up to five further comments by other people in one record. They
are not read: fetch replies with ``comments.list``, which has all of them. ``textOriginal`` is only given to the
author of a comment in some answers, so ``textDisplay`` steps in; it may hold HTML.

YouTube Data Tools (ytdt.digitalmethods.net) has no documentation of its columns; they were taken from its public
source. Older tables of comments do not name the video, which then stands in the name of the file only: such rows make
replies and texts, not comments on a video. The names of authors can be switched to hashes, and remain accounts. Its
lists of videos say who uploaded what: titles and tags can be held in common.
"""

from farmgraph.interactions.presets.shape import Act, Preset

_TOP = "snippet.topLevelComment.snippet."

PRESETS = (
    Preset(
        name="youtube",
        title="YouTube Data API (comments)",
        about="Answers of commentThreads.list and comments.list. Google's reference was at hand.",
        account=(
            *(f"{_TOP}authorChannelId.value", "snippet.authorChannelId.value"),
            *(f"{_TOP}authorDisplayName", "snippet.authorDisplayName"),
        ),
        time=(f"{_TOP}publishedAt", "snippet.publishedAt"),
        acts=(
            Act("comment", (f"{_TOP}videoId", "snippet.videoId")),
            Act("reply", ("snippet.parentId",)),
            Act(
                "text",
                (
                    *(f"{_TOP}textOriginal", f"{_TOP}textDisplay"),
                    *("snippet.textOriginal", "snippet.textDisplay"),
                ),
                "text",
            ),
        ),
        marks=(
            f"{_TOP}authorDisplayName|snippet.authorDisplayName",
            f"{_TOP}publishedAt|snippet.publishedAt",
            f"{_TOP}textDisplay|{_TOP}textOriginal|snippet.textDisplay|snippet.textOriginal",
        ),
        json=True,
        table=True,
        resolution_s=1.0,
        notes=("Replies that stand inside a thread are not read; fetch them with comments.list.",),
    ),
    Preset(
        name="youtube-data-tools",
        title="YouTube Data Tools (comments)",
        about="Tables of comments. Columns from the public source of the tool; real files were not at hand.",
        account=("authorChannelId", "authorName"),
        time=("publishedAt",),
        acts=(
            Act("comment", ("videoId",)),
            Act("reply", ("isReplyToId", "isReplyTo", "parentId")),
            Act("text", ("text",), "text"),
        ),
        marks=(
            "authorName",
            "publishedAt",
            "text",
            "isReply",
            "isReplyToName|isReplyToId|isReplyTo|parentId",
        ),
        table=True,
        resolution_s=1.0,
    ),
    Preset(
        name="youtube-data-tools-videos",
        title="YouTube Data Tools (videos)",
        about="Lists of videos. Columns from the public source of the tool; real files were not at hand.",
        account=("channelId", "channelTitle"),
        time=("publishedAt", "publishedAtSQL"),
        acts=(
            Act("hashtag", ("tags[]",), "hashtag"),
            Act("text", ("videoTitle",), "text"),
        ),
        marks=("channelId", "videoId", "videoTitle", "publishedAt|publishedAtSQL", "tags"),
        table=True,
        resolution_s=1.0,
        notes=("The tags of a video are read as hashtags, its title as text.",),
    ),
)
