"""CrowdTangle: posts of Facebook pages and groups, and of Instagram accounts, as its dashboard exported them.

CrowdTangle was closed in August 2024, but its CSV exports live on in many archives. One row is one post. Its
codebook was at hand in excerpts and describes the API; the columns of the exports are those that public code names,
and ``Group Name``, which takes the place of ``Page Name`` in exports of groups, is from memory.

``Facebook Id`` is the page or group in which the post stands. In exports of groups it is the group, not the person
who posted: CrowdTangle never gave persons away.

``Post Created`` is written in the time zone of the dashboard, with its short name behind it: EST or EDT where nobody
changed the setting. Other zones are not read, because their short names are ambiguous; such rows are rejected with
their time. Give the column an ISO 8601 time first.

``Link`` is where the post leads to, ``Final Link`` the same after short addresses were followed. In posts of photos
and of videos that Facebook hosts, ``Link`` is the post or its own picture, which nobody else shares; these types are
left out by name, so that the links of Link, Status, YouTube and Video remain.

Instagram exports have no such column: there, ``Link`` and ``URL`` are the post itself and ``Photo`` its picture, so
only the words of ``Description`` can be held in common.
"""

from farmgraph.interactions.presets.shape import Act, Preset

OWN_TYPES = ("Photo", "Album", "Native Video", "Live Video", "Live Video Complete", "Live Video Scheduled")
"""Types of posts whose link is the post itself."""

PRESETS = (
    Preset(
        name="crowdtangle",
        title="CrowdTangle (Facebook)",
        about="CSV exports of posts of Facebook pages and groups. Columns as in public code that reads such exports; "
        "CrowdTangle closed in 2024, and its help on exports was not at hand.",
        account=("Facebook Id", "User Name", "Page Name", "Group Name"),
        time=("eastern:Post Created", "Post Created"),
        acts=(
            Act("link", ("Final Link", "Link"), "url", tuple(f"Type!={kind}" for kind in OWN_TYPES)),
            Act("text", ("Message",), "text"),
        ),
        marks=("Page Name|Group Name", "Facebook Id", "Post Created", "Message", "Link|Final Link"),
        table=True,
        resolution_s=1.0,
        notes=(
            "Accounts are pages and groups of Facebook, not persons.",
            "Links of posts of photos and of Facebook's own videos lead to the posts themselves and were left out.",
        ),
    ),
    Preset(
        name="crowdtangle-instagram",
        title="CrowdTangle (Instagram)",
        about="CSV exports of posts of Instagram accounts. Columns as in a public description of such an export; "
        "CrowdTangle closed in 2024, and its help on exports was not at hand. They hold no external links.",
        account=("User Name", "Account"),
        time=("eastern:Post Created", "Post Created"),
        acts=(Act("text", ("Description",), "text"),),
        marks=("Account", "User Name", "Followers at Posting", "Post Created", "Photo", "Description"),
        table=True,
        resolution_s=1.0,
    ),
)
