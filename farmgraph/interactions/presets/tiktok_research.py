"""TikTok Research API: public videos as researchers get them, as pages of JSON or as a table made of them.

Documented at developers.tiktok.com/doc/research-api-specs-query-videos, whose list of fields and example were at
hand. Which fields an answer holds is chosen in the query. Tables are made by other tools: usually they keep the names
of the fields and write lists as text; the R package traktok calls ``username`` ``author_name``.

``music_id`` is the sound below the video, ``effect_ids`` are the effects laid over it. Where a video has none,
answers hold the effect ``0``, in TikTok's example and in public code, and that is no content. Newer answers give
hashtags and effects as lists of objects too (``hashtag_info_list``, ``effect_info_list``), which are read where the
plain lists were not asked for.

The API returns usernames, which can be changed, and no steady number of the account. Who liked or reposted a video
comes in other answers, which hold no time of the act and are not read.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="tiktok-research",
    title="TikTok Research API",
    about="Videos, as pages of JSON or as a table with the same names. TikTok's list of fields was at hand.",
    account=("username", "author_name"),
    time=("create_time",),
    acts=(
        Act("sound", ("music_id",), where=("music_id!=0",), kind="sound"),
        Act("effect", ("effect_ids[!=0]", "effect_info_list[].effect_id"), kind="effect"),
        Act("hashtag", ("hashtag_names[]", "hashtag_info_list[].hashtag_name"), "hashtag"),
        Act("text", ("video_description",), "text"),
    ),
    marks=(
        "username|author_name",
        "create_time",
        "music_id|hashtag_names|effect_ids|voice_to_text",
        "video_description|region_code|view_count|like_count",
    ),
    json=True,
    table=True,
    resolution_s=1.0,
)
