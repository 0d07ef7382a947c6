"""CooRTweet: the table that the R package of that name works on.

Four columns: who (``account_id``, earlier ``id_user``) shared what (``object_id``) in which post
(``content_id``) and when (``timestamp_share``, Unix seconds or a date and time in UTC). Seen: the package's
source and its data. What CooRTweet calls a content is the single post; what several accounts act on is the
object, and that is the content here.
"""

from farmgraph.interactions.presets.shape import Act, Preset

PRESET = Preset(
    name="coortweet",
    title="CooRTweet",
    about="Table of the R package CooRTweet, documented there. An object may be anything that can be "
    "shared: the table does not say what.",
    account=("account_id", "id_user"),
    time=("timestamp_share",),
    acts=(Act("share", ("object_id",)),),
    marks=("object_id", "account_id|id_user", "content_id", "timestamp_share"),
    table=True,
)
