"""Export formats read as what they are: every interaction of every fixture, written down by hand."""

import csv
import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

import farmgraph as fg
from farmgraph.interactions.presets import missing_marks, presets, recognised

FIXTURES = Path(__file__).parent / "fixtures"

EMPTY, TIME, NOTHING = "empty account", "unreadable time", "no action"
MALFORMED, TWICE = "malformed JSON", "exact duplicate"


def shortened(text: str) -> str:
    """Name a long text as logs do: its first 100 letters and a hash of all."""
    whole = f'"{text}"'
    return f"{whole[:100]}... [{hashlib.blake2b(whole.encode(), digest_size=6).hexdigest()}]"


LONG = shortened(
    "copy this and send it to everybody you know, because they do not want you to see it, "
    "and they will delete it tomorrow at the very latest"
)
YOUTUBE = "UCinventedperson000000"
SPRING = '"spring is here 🌱"'
SOUND = "703000000000000000"

CROWDTANGLE = (
    [
        ("100000000000011", "news.example/artikel/1", "2020-11-04T04:59:31", "link", 1),
        ("100000000000011", '"lies das! 🦁 jetzt."', "2020-11-04T04:59:31", "text", 1),
        ("100000000000012", "news.example/artikel/1", "2020-11-04T04:59:58", "link", 2),
        ("100000000000012", '"lies das! 🦁 jetzt."', "2020-11-04T04:59:58", "text", 2),
        ("100000000000011", '"good morning, all"', "2020-07-01T12:00:05", "text", 4),
        ("100000000000014", "youtube.com/watch?v=AAAAAAAAAAA&t=10", "2021-01-01T00:00:00", "link", 5),
        ("100000000000012", '"seht selbst"', "2021-03-14T07:30:00", "text", 6),
    ],
    [(3, NOTHING), (7, EMPTY), (8, TIME), (9, NOTHING)],
    9,
)
CROWDTANGLE_INSTAGRAM = (
    [
        ("mira.invented", '"summer sale ☀️ #sale"', "2021-06-01T16:00:00", "text", 1),
        ("tom.invented", '"summer sale ☀️ #sale"', "2021-06-01T16:00:03", "text", 2),
        ("ana.invented", '"olá, bom dia!"', "2021-12-01T17:00:00", "text", 3),
        ("tom.invented", '"hour, once"', "2021-11-07T05:30:00", "text", 6),
        ("tom.invented", '"hour, twice"', "2021-11-07T06:30:00", "text", 7),
        ("tom.invented", '"when was it?"', None, "text", 8),
    ],
    [(4, NOTHING), (5, EMPTY)],
    8,
)
META_TABLE = (
    [
        ("700000000000001", "example.org/story?id=7", "2024-03-05T10:00:00", "link", 1),
        ("700000000000001", '"read this ☕ now"', "2024-03-05T10:00:00", "text", 1),
        ("700000000000002", "900000000000001", "2024-03-05T10:00:04", "share", 2),
        ("700000000000003", "900000000000001", "2024-03-05T10:00:06", "share", 3),
        ("700000000000003", '"so true"', "2024-03-05T10:00:06", "text", 3),
        ("700000000000004", "#mare", "2024-03-05T09:30:00", "hashtag", 4),
        ("700000000000004", "#sole", "2024-03-05T09:30:00", "hashtag", 4),
        ("700000000000004", '"sun & sea #mare"', "2024-03-05T09:30:00", "text", 4),
        ("700000000000005", "#mare", "2024-03-05T09:30:02", "hashtag", 5),
        ("Name Only", '"read this ☕ now"', "2024-03-05T12:00:02", "text", 8),
    ],
    [(6, NOTHING), (7, EMPTY), (9, TIME)],
    9,
)
META_JSON = (
    [
        ("700000000000011", "example.org/spring", "2024-04-01T06:00:00", "link", 1),
        ("700000000000011", SPRING, "2024-04-01T06:00:00", "text", 1),
        ("700000000000012", "900000000000101", "2024-04-01T06:00:02", "share", 2),
        ("700000000000012", "#vår", "2024-04-01T06:00:03", "hashtag", 3),
        ("700000000000012", "#spring", "2024-04-01T06:00:03", "hashtag", 3),
        ("700000000000012", SPRING, "2024-04-01T06:00:03", "text", 3),
        ("700000000000011", "example.org/spring?b=2&a=1", "2024-04-01T07:00:03", "link", 7),
    ],
    [(4, NOTHING), (5, MALFORMED), (6, EMPTY), (8, TWICE)],
    8,
)
TIKTOK_JSON = (
    [
        ("dance.invented", f"sound {SOUND}1", "2021-10-09T23:59:59", "sound", 1),
        ("dance.invented", "#fyp", "2021-10-09T23:59:59", "hashtag", 1),
        ("dance.invented", "#wahl2021", "2021-10-09T23:59:59", "hashtag", 1),
        ("dance.invented", '"vote now #fyp #wahl2021"', "2021-10-09T23:59:59", "text", 1),
        ("zoë_invented", f"sound {SOUND}1", "2021-10-10T00:00:00", "sound", 2),
        ("zoë_invented", "effect 801", "2021-10-10T00:00:00", "effect", 2),
        ("zoë_invented", "effect 802", "2021-10-10T00:00:00", "effect", 2),
        ("zoë_invented", "#fyp", "2021-10-10T00:00:00", "hashtag", 2),
        ("zoë_invented", '"vote now 💃"', "2021-10-10T00:00:00", "text", 2),
        ("dance.invented", f"sound {SOUND}2", "2021-10-10T00:01:00", "sound", 3),
        ("user9991", "#日本語", "2021-10-10T00:01:01", "hashtag", 4),
        ("user9993", f"sound {SOUND}3", "2021-10-10T00:01:04", "sound", 7),
        ("user9993", "effect 803", "2021-10-10T00:01:04", "effect", 7),
        ("user9993", "#fyp", "2021-10-10T00:01:04", "hashtag", 7),
        ("user9993", "#çay", "2021-10-10T00:01:04", "hashtag", 7),
        ("zoë_invented", f"sound {SOUND}3", "2021-10-10T00:01:05", "sound", 8),
        ("zoë_invented", '"vote now 💃"', "2021-10-10T00:01:05", "text", 8),
    ],
    [(5, EMPTY), (6, NOTHING)],
    8,
)
TIKTOK_TABLE = (
    [
        ("mo.invented", f"sound {SOUND}1", "2021-10-09T23:59:59", "sound", 1),
        ("mo.invented", "#fyp", "2021-10-09T23:59:59", "hashtag", 1),
        ("mo.invented", "#wahl2021", "2021-10-09T23:59:59", "hashtag", 1),
        ("mo.invented", '"vote now, friends"', "2021-10-09T23:59:59", "text", 1),
        ("lu.invented", f"sound {SOUND}1", "2021-10-10T00:00:01", "sound", 2),
        ("lu.invented", "effect 801", "2021-10-10T00:00:01", "effect", 2),
        ("lu.invented", "effect 802", "2021-10-10T00:00:01", "effect", 2),
        ("lu.invented", "#fyp", "2021-10-10T00:00:01", "hashtag", 2),
        ("lu.invented", '"vote now, friends"', "2021-10-10T00:00:01", "text", 2),
        ("lu.invented", f"sound {SOUND}2", "2021-10-10T00:00:07", "sound", 5),
        ("ni.invented", "#été", "2021-10-10T00:00:09", "hashtag", 7),
        ("ni.invented", "#日本", "2021-10-10T00:00:09", "hashtag", 7),
        ("ni.invented", '"🙂"', "2021-10-10T00:00:09", "text", 7),
        ("ni.invented", f"sound {SOUND}4", None, "sound", 8),
    ],
    [(3, NOTHING), (4, EMPTY), (6, TIME)],
    8,
)
YOUTUBE_THREADS = (
    [
        (f"{YOUTUBE}01", "vidAAAAAAA1", "2023-05-01T10:00:00", "comment", 1),
        (f"{YOUTUBE}01", '"first! 🎉"', "2023-05-01T10:00:00", "text", 1),
        (f"{YOUTUBE}02", "vidAAAAAAA1", "2023-05-01T10:00:01", "comment", 2),
        (f"{YOUTUBE}02", '"first! 🎉"', "2023-05-01T10:00:01", "text", 2),
        (f"{YOUTUBE}01", "vidBBBBBBB2", "2023-05-01T10:00:05.250", "comment", 3),
        ("Gülay K.", "vidBBBBBBB2", "2023-05-01T10:00:06", "comment", 4),
        ("Gülay K.", '"çok güzel video"', "2023-05-01T10:00:06", "text", 4),
        (f"{YOUTUBE}03", "vidAAAAAAA1", "2023-05-01T10:01:00", "comment", 7),
        (f"{YOUTUBE}03", '"first! 🎉"', "2023-05-01T10:01:00", "text", 7),
    ],
    [(5, EMPTY), (6, TIME), (8, NOTHING)],
    8,
)
YOUTUBE_COMMENTS = (
    [
        (f"{YOUTUBE}02", "Ugthread1AaABAg", "2023-05-01T11:00:00", "reply", 1),
        (f"{YOUTUBE}02", '"i agree"', "2023-05-01T11:00:00", "text", 1),
        (f"{YOUTUBE}03", "vidAAAAAAA1", "2023-05-01T11:00:02", "comment", 2),
        (f"{YOUTUBE}03", "Ugthread1AaABAg", "2023-05-01T11:00:02", "reply", 2),
        (f"{YOUTUBE}03", '"i agree"', "2023-05-01T11:00:02", "text", 2),
        (f"{YOUTUBE}01", "vidCCCCCCC3", "2023-05-01T11:00:04", "comment", 3),
        (f"{YOUTUBE}01", '"new one 👋"', "2023-05-01T11:00:04", "text", 3),
        (f"{YOUTUBE}04", "Ugthread8AaABAg", "2023-05-01T11:00:05", "reply", 4),
        (f"{YOUTUBE}04", '"no original"', "2023-05-01T11:00:05", "text", 4),
    ],
    [(5, MALFORMED), (6, NOTHING), (7, EMPTY), (8, TWICE)],
    8,
)
TOOLS = (
    [
        (f"{YOUTUBE}11", "vidDDDDDDD4", "2023-06-01T08:00:00", "comment", 1),
        (f"{YOUTUBE}11", "\"nice, 'really' nice 👍\"", "2023-06-01T08:00:00", "text", 1),
        (f"{YOUTUBE}12", "vidDDDDDDD4", "2023-06-01T08:00:09", "comment", 2),
        (f"{YOUTUBE}12", "UgA", "2023-06-01T08:00:09", "reply", 2),
        (f"{YOUTUBE}12", LONG, "2023-06-01T08:00:09", "text", 2),
        (f"{YOUTUBE}13", "vidDDDDDDD4", "2023-06-01T08:00:11", "comment", 3),
        (f"{YOUTUBE}13", "UgA", "2023-06-01T08:00:11", "reply", 3),
        (f"{YOUTUBE}13", '"thanks!"', "2023-06-01T08:00:11", "text", 3),
        (f"{YOUTUBE}12", "vidEEEEEEE5", "2023-06-01T09:00:00", "comment", 4),
        (f"{YOUTUBE}12", LONG, "2023-06-01T09:00:00", "text", 4),
        ("@δήμος", "vidEEEEEEE5", "2023-06-01T09:00:01", "comment", 5),
        ("@δήμος", '"thanks!"', "2023-06-01T09:00:01", "text", 5),
    ],
    [(6, EMPTY), (7, NOTHING), (8, TIME)],
    8,
)
TOOLS_OLDER = (
    [
        (f"{YOUTUBE}21", '"hello <b>world</b>"', "2019-02-03T04:05:06", "text", 1),
        (f"{YOUTUBE}22", "UgK", "2019-02-03T04:05:09", "reply", 2),
        (f"{YOUTUBE}22", '"hello <b>world</b>"', "2019-02-03T04:05:09", "text", 2),
        (f"{YOUTUBE}23", "UgK", "2019-02-03T04:05:10", "reply", 3),
        (f"{YOUTUBE}22", "UgK", "2019-02-03T04:06:02", "reply", 6),
        (f"{YOUTUBE}22", '"🙃"', "2019-02-03T04:06:02", "text", 6),
        (f"{YOUTUBE}24", '"bye, all"', "2019-02-03T04:07:00", "text", 8),
    ],
    [(4, NOTHING), (5, EMPTY), (7, TWICE)],
    8,
)
TOOLS_VIDEOS = (
    [
        ("UCinventedchannel0000031", "#news", "2022-09-01T12:00:00", "hashtag", 1),
        ("UCinventedchannel0000031", "#breaking news", "2022-09-01T12:00:00", "hashtag", 1),
        ("UCinventedchannel0000031", "#élection", "2022-09-01T12:00:00", "hashtag", 1),
        ("UCinventedchannel0000031", '"shock! they lied 😱"', "2022-09-01T12:00:00", "text", 1),
        ("UCinventedchannel0000032", "#breaking news", "2022-09-01T12:00:30", "hashtag", 2),
        ("UCinventedchannel0000032", '"shock! they lied 😱"', "2022-09-01T12:00:30", "text", 2),
        ("UCinventedchannel0000033", '"kuchnia, domowa"', "2022-09-01T12:01:00", "text", 3),
        ("UCinventedchannel0000032", "#news", "2022-09-01T12:02:00", "hashtag", 4),
        ("UCinventedchannel0000031", '"only the other time"', "2022-09-01T12:05:00", "text", 8),
    ],
    [(5, NOTHING), (6, EMPTY), (7, TIME)],
    8,
)
GHARCHIVE = (
    [
        ("invented-a", "acme-invented/tool", "2024-01-01T15:00:00", "star", 1),
        ("invented-b", "acme-invented/tool", "2024-01-01T15:00:01", "star", 2),
        ("invented-c", "acme-invented/tool", "2024-01-01T15:00:09", "fork", 4),
        ("invented-c", "other-invented/lib.js", "2024-01-01T15:00:10", "star", 5),
        ("invented-bot[bot]", "acme-invented/tool", "2024-01-01T15:00:14", "star", 9),
    ],
    [(3, NOTHING), (6, NOTHING), (7, MALFORMED), (8, EMPTY), (10, TIME), (11, TWICE)],
    11,
)
AMAZON = (
    [
        ("AINVENTED00001", "B00INVENT1", "2013-08-22T00:00:00", "review", 1),
        ("AINVENTED00002", "B00INVENT1", "2013-08-22T00:00:00", "review", 2),
        ("AINVENTED00001", "B00INVENT2", "2013-08-23T00:00:00", "review", 3),
        ("AINVENTED00003", "0000000001", "2013-12-03T00:00:00", "review", 4),
    ],
    [(5, EMPTY), (6, MALFORMED), (7, NOTHING), (8, TIME), (9, TWICE)],
    9,
)
AMAZON_2023 = (
    [
        ("AEINVENTED0001", "B0INVENTP1", "2020-05-05T14:08:48.923", "review", 1),
        ("AEINVENTED0002", "B0INVENTP1", "2020-05-05T14:08:49.001", "review", 2),
        ("AEINVENTED0002", "B0INVENTP2", "2020-05-05T14:10:00", "review", 3),
        ("AEINVENTED0003", "B0INVENTA3", "2020-05-05T14:11:40", "review", 4),
        ("AEINVENTED0001", "B0INVENTP2", "2020-05-05T14:46:40.500", "review", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, MALFORMED)],
    8,
)
YELP = (
    [
        ("u-inv-01", "b-inv-01", "2018-07-07T22:09:11", "review", 1),
        ("u-inv-02", "b-inv-01", "2018-07-07T22:09:40", "review", 2),
        ("u-inv-01", "b-inv-02", "2018-07-08T01:00:00", "review", 3),
        ("u-inv-03", "b-inv-02", "2012-01-03T00:00:00", "review", 4),
        ("u-inv-ß3", "b-inv-01", "2018-07-09T00:00:00", "review", 9),
    ],
    [(5, EMPTY), (6, TIME), (7, NOTHING), (8, MALFORMED)],
    9,
)
PAGE_LIKES = (
    [
        ("u17", "p3", "2024-05-01T09:00:00", "like", 1),
        ("u18", "p3", "2024-05-01T09:00:04", "like", 2),
        ("u17", "p4", "2024-05-01T09:30:00", "like", 3),
        ("u19", "p4", "2024-05-01T09:40:00", "like", 4),
        ("u18", "p5", None, "like", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME), (9, TWICE)],
    9,
)
FOLLOWERS = (
    [
        ("u17", "shop_a", "2024-05-01T09:00:00", "follow", 1),
        ("u18", "shop_a", "2024-05-01T09:00:04", "follow", 2),
        ("shop_a", "u17", "2024-05-01T09:10:00", "follow", 3),
        ("ünal", "shop_b", "2024-05-02T00:00:00", "follow", 4),
        ("u17", "shop_🦆", None, "follow", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME)],
    8,
)
CONNECTIONS = (
    [
        ("u17", "u40", "2024-05-01T09:00:00", "connect", 1),
        ("u18", "u40", "2024-05-01T09:00:04", "connect", 2),
        ("u40", "u18", "2024-05-01T09:00:04", "connect", 3),
        ("u17", "Søren 🧑", "2024-05-01T09:40:00", "connect", 4),
        ("u18", "u41", "2024-05-01T11:00:05.500", "connect", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME)],
    8,
)
AD_CLICKS = (
    [
        ("900001", "12", "2017-11-07T09:30:38", "click", 1),
        ("900002", "12", "2017-11-07T09:30:41", "click", 2),
        ("900001", "3", "2017-11-07T09:30:41", "click", 3),
        ("900003", "12", "2017-11-07T09:30:42", "click", 4),
        ("900002", "12", "2017-11-07T09:30:41", "click", 9),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME), (8, TWICE)],
    9,
)

FORMS = {
    "crowdtangle.csv": ("crowdtangle", *CROWDTANGLE),
    "crowdtangle-instagram.csv": ("crowdtangle-instagram", *CROWDTANGLE_INSTAGRAM),
    "meta-content-library.csv": ("meta-content-library", *META_TABLE),
    "meta-content-library.jsonl": ("meta-content-library", *META_JSON),
    "tiktok-research.json": ("tiktok-research", *TIKTOK_JSON),
    "tiktok-research.csv": ("tiktok-research", *TIKTOK_TABLE),
    "youtube-threads.json": ("youtube", *YOUTUBE_THREADS),
    "youtube.jsonl": ("youtube", *YOUTUBE_COMMENTS),
    "youtube-data-tools.csv": ("youtube-data-tools", *TOOLS),
    "youtube-data-tools-older.csv": ("youtube-data-tools", *TOOLS_OLDER),
    "youtube-data-tools-videos.csv": ("youtube-data-tools-videos", *TOOLS_VIDEOS),
    "gharchive.jsonl": ("gharchive", *GHARCHIVE),
    "amazon-reviews.jsonl": ("amazon-reviews", *AMAZON),
    "amazon-reviews-2023.jsonl": ("amazon-reviews-2023", *AMAZON_2023),
    "yelp-reviews.jsonl": ("yelp-reviews", *YELP),
    "page-likes.csv": ("page-likes", *PAGE_LIKES),
    "followers.csv": ("followers", *FOLLOWERS),
    "connections.csv": ("connections", *CONNECTIONS),
    "ad-clicks.csv": ("ad-clicks", *AD_CLICKS),
}
EACH = pytest.mark.parametrize(
    ("file", "preset", "used", "rejected", "n_rows"),
    [(file, *form) for file, form in FORMS.items()],
    ids=list(FORMS),
)


def interactions(log) -> list[tuple]:
    """Return every interaction as the lists above have it."""
    table = log.table.select(["account", "content", "time", "action", "line"])
    return [tuple(row.values()) for row in table.to_pylist()]


def _order(row: tuple) -> tuple:
    """Sort by line, action and content: the order of actions within a row is not what is tested."""
    return (row[4], row[3], row[1])


def check(log, used, rejected, n_rows) -> None:
    expected = [(a, c, t and pd.Timestamp(t, tz="UTC"), action, line) for a, c, t, action, line in used]
    assert sorted(interactions(log), key=_order) == sorted(expected, key=_order)
    assert list(log.rejected[["line", "reason"]].itertuples(index=False, name=None)) == rejected
    assert log.n_rows == n_rows
    assert log.n_used == n_rows - len(rejected) == len({row[4] for row in used})


@EACH
def test_recognised(file, preset, used, rejected, n_rows):
    log = fg.read(FIXTURES / file)
    assert (log.preset, log.resolution_s) == (preset, presets()[preset].resolution_s)
    check(log, used, rejected, n_rows)


@EACH
def test_named(file, preset, used, rejected, n_rows):
    check(fg.read(FIXTURES / file, preset=preset), used, rejected, n_rows)


def test_addresses_keep_how_they_were_written():
    log = fg.read(FIXTURES / "crowdtangle.csv", preset="crowdtangle")
    raw = [row["raw_content"] for row in log.table.to_pylist() if row["action"] == "link"]
    assert raw == [
        "https://WWW.News.example/artikel/1/?utm_source=fb&fbclid=AbC#top",
        "http://news.example/artikel/1",
        "https://www.youtube.com/watch?v=AAAAAAAAAAA&t=10",
    ]


def fields(file: Path) -> set[str]:
    """Return the columns of a table, or the names of all fields of JSON records, nested ones joined by dots."""
    if file.suffix == ".csv":
        with file.open(newline="", encoding="utf-8") as lines:
            return set(next(csv.reader(lines)))
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        return {name for line in text.splitlines() if line.endswith("}") for name in _names(json.loads(line))}
    whole = json.loads(text)
    return {name for record in whole.get("items") or whole["data"]["videos"] for name in _names(record)}


def _names(record: dict, prefix: str = "") -> list[str]:
    found = []
    for name, value in record.items():
        found += [prefix + name, *(_names(value, f"{prefix}{name}.") if isinstance(value, dict) else [])]
    return found


@pytest.mark.parametrize("file", FORMS)
def test_one_preset_fits_and_no_other(file):
    here = fields(FIXTURES / file)
    is_table = file.endswith(".csv")
    usable = [preset for preset in presets().values() if (preset.table if is_table else preset.json)]
    assert [preset.name for preset in usable if not missing_marks(preset, here)] == [FORMS[file][0]]


@pytest.mark.parametrize(
    "columns",
    [
        "user,page,time",
        "user,page,liked_at",
        "user_id,page_id,liked_at,type",
        "account,content,timestamp,action",
        "follower,followed",
        "follower,followed,time",
        "from,to,time",
        "from,to,date,message",
        "ip,url,click_time",
        "ip,channel,time",
        "user_id,business_id,stars,date",
        "user_id,item_id,rating,timestamp",
        "user_id,asin,rating,timestamp",
        "username,text,create_time",
        "videoId,publishedAt,text,author",
        "channelId,videoId,publishedAt",
        "type,actor,repo,created_at",
        "id,creation_time,text,owner.id",
        "Page Name,Message,Date",
        "User Name,Post Created,Description",
    ],
)
def test_ordinary_logs_are_not_recognised(columns):
    for is_json in (False, True):
        assert recognised(columns.split(","), is_json=is_json) is None


def test_likes_without_names_of_pages_can_be_named():
    frame = pd.DataFrame({"user": ["a", "b"], "page": ["p", "p"], "liked_at": ["2024-05-01", "2024-05-02"]})
    log = fg.read(frame, preset="page-likes")
    assert [row[:2] + row[3:] for row in interactions(log)] == [("a", "p", "like", 1), ("b", "p", "like", 2)]


def test_clocks_of_whole_days_are_told():
    assert fg.read(FIXTURES / "amazon-reviews.jsonl").resolution_s == 86_400
    assert fg.read(FIXTURES / "amazon-reviews-2023.jsonl").resolution_s == 0.001


def test_contents_that_are_accounts_are_told():
    here = {form[0] for form in FORMS.values()}
    found = {name for name, preset in presets().items() if name in here and preset.contents_are_accounts}
    assert found == {"connections", "followers"}
