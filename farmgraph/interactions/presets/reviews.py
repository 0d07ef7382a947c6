"""Reviews: who reviewed what, in the shapes in which two large collections are published.

Amazon reviews, of which two shapes are about. Until 2018: ``reviewerID``, ``asin`` (the product), ``overall`` (one to
five stars) and ``unixReviewTime``, which is a day written in seconds. Since 2023: ``user_id``, ``parent_asin`` (the
product with all its colours and sizes), ``rating`` and ``timestamp`` in milliseconds. Both come as JSON lines; the
ratings alone come as CSV, those of 2023 with a header, the older ones without. The pages of the collection were not
at hand, samples of its rows were.

Yelp's open dataset: ``user_id``, ``business_id``, ``stars``, ``date`` (to the second, without a zone; in old editions
a day), ``review_id``. Its description of fields was at hand in an older edition.

A worked example: a log of reviews mostly looks like ::

    reviewerID,asin,overall,unixReviewTime
    A1X,B00A,5.0,1377129600
    A2Y,B00A,5.0,1377129600

Both acted on the content ``B00A``, on one day: nobody can say who came first, and "within an hour" means nothing.
Other column names are named in reading, ``fg.read("reviews.csv", account="customer", content="product",
time="written_at")``. Stars are no part of the content: to look at praise alone, keep rows with four or five first.
"""

from farmgraph.interactions.presets.shape import Act, Preset

DAY_S = 86_400.0

PRESETS = (
    Preset(
        name="amazon-reviews",
        title="Amazon reviews (until 2018)",
        about="JSON lines or CSV with a header. Samples of rows were at hand, the pages of the collection were not.",
        account=("reviewerID",),
        time=("unixReviewTime", "%m %d, %Y|reviewTime"),
        acts=(Act("review", ("asin",)),),
        marks=("reviewerID", "asin", "overall", "unixReviewTime"),
        json=True,
        table=True,
        resolution_s=DAY_S,
        notes=("The time of these reviews is a day: what happened within it has no order.",),
    ),
    Preset(
        name="amazon-reviews-2023",
        title="Amazon reviews (2023)",
        about="JSON lines, or CSV with the ratings alone. Samples of rows were at hand, the pages of the collection "
        "were not.",
        account=("user_id",),
        time=("timestamp",),
        acts=(Act("review", ("parent_asin", "asin")),),
        marks=("user_id", "parent_asin", "rating", "timestamp"),
        json=True,
        table=True,
        resolution_s=0.001,
    ),
    Preset(
        name="yelp-reviews",
        title="Yelp reviews",
        about="The reviews of Yelp's open dataset. A description of an older edition was at hand.",
        account=("user_id",),
        time=("date",),
        acts=(Act("review", ("business_id",)),),
        marks=("review_id", "user_id", "business_id", "stars", "date"),
        against=("action", "action_type", "event", "event_type", "verb"),
        json=True,
        table=True,
        resolution_s=1.0,
    ),
)
