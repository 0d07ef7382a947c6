"""How a log is understood: known formats or columns, several files, actions, options."""

import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.options import checked_options
from farmgraph.interactions.presets.shape import Act, Preset
from farmgraph.interactions.read import read_closely

TWEET = {
    "id": "1620000000000000101",
    "author_id": "7",
    "created_at": "2024-05-01T00:00:00Z",
    "text": "hi",
    "edit_history_tweet_ids": ["1"],
    "entities": {"hashtags": [{"tag": "A"}]},
}
LIKES = "user,page,page_name,liked_at,note\na,p,P,2024-05-01,x\nb,q,Q,2024-05-02,y\n"


@pytest.fixture
def write(tmp_path):
    def written(name, value):
        path = tmp_path / name
        text = value if isinstance(value, str) else "".join(json.dumps(one) + "\n" for one in value)
        path.write_text(text)
        return path

    return written


@pytest.fixture
def own_preset(monkeypatch):
    def known(**fields):
        usual = {
            "name": "mine",
            "title": "My format",
            "about": "",
            "account": ("who",),
            "time": ("when",),
            "marks": ("who", "mark"),
            "json": True,
            "table": True,
        }
        preset = Preset(**{**usual, **fields})
        monkeypatch.setattr("farmgraph.interactions.presets.presets", lambda: {preset.name: preset})

    return known


def rows(log):
    assert log.n_rows == log.n_used + len(log.rejected)
    columns = ("account", "action", "content", "line")
    return list(zip(*(log.table[name].to_pylist() for name in columns), strict=True))


POST = [("7", "hashtag", "#a", 1), ("7", "text", '"hi"', 1)]


def test_recognised_named_or_neither(write):
    path = write("a.jsonl", [TWEET])
    seen, named = fg.read(path), fg.read(path, preset="twitter-v2")
    assert rows(seen) == rows(named) == POST
    assert seen.preset == named.preset == "twitter-v2"
    assert seen.columns["account"] == "author_id"
    # Only what was recognised has to be told, and how to get out of it.
    (note,) = [note for note in seen.notes if note.startswith("Recognised as")]
    assert "Twitter/X API v2 (twarc2) (preset twitter-v2), by the fields 'id', 'author_id', 'text'" in note
    assert "account= and content= or say preset='none' (on the command line --preset none)" in note
    assert not any(note.startswith("Recognised") for note in named.notes)
    assert (seen.options, named.options) == ({}, {"preset": "twitter-v2"})
    plain = fg.read(path, preset="none", content="text")
    assert rows(plain) == [("7", None, "hi", 1)]
    assert (plain.preset, plain.options) == ("", {"preset": "none"})
    # A column that is named means that columns are meant.
    for columns in ({"account": "author_id", "content": "text"}, {"content": "text"}):
        assert fg.read(path, **columns).preset == ""
    # The time alone says neither, and must not be ignored.
    with pytest.raises(UsageError, match=r"time is 'created_at', but .* was recognised as Twitter/X API v2"):
        fg.read(path, time="created_at")


def test_a_plain_log_is_recognised_as_nothing(write):
    for source in (
        write("a.csv", "user,page,time\na,p,1\n"),
        write("a.jsonl", [{"user": "a", "page": "p", "time": 1}]),
        pd.DataFrame({"user": ["a"], "page": ["p"], "time": [1]}),
    ):
        log = fg.read(source)
        assert (log.preset, log.resolution_s, log.options) == ("", 0.0, {})
        assert log.notes[0].startswith("Columns guessed: account = user, content = page, time = time.")
        assert not any("Recognised" in note for note in log.notes)


@pytest.mark.parametrize("role", ["account", "content", "time", "action"])
def test_a_preset_and_a_column_contradict_each_other(write, role):
    with pytest.raises(
        UsageError, match=rf"preset='page-likes' says which fields are meant, and so does {role}=\."
    ):
        fg.read(write("a.csv", LIKES), preset="page-likes", **{role: "user"})


def test_presets_that_do_not_fit(write):
    likes, plain, tweets = (
        write("a.csv", LIKES),
        write("b.csv", "user,page\na,p\n"),
        write("c.jsonl", [TWEET]),
    )
    with pytest.raises(
        UsageError, match=r"preset is 'twiter-v2'; expected 'none' or one of .* Did you mean 'twitter-v2'\?"
    ):
        fg.read(tweets, preset="twiter-v2")
    with pytest.raises(
        InputError,
        match=r"a\.csv: Twitter/X API v2 \(twarc2\) is JSON, but this is text, .* Choose another preset",
    ):
        fg.read(likes, preset="twitter-v2")
    with pytest.raises(
        InputError, match=r"c\.jsonl: Facebook.*|c\.jsonl: .* is a table, but this is JSON lines"
    ):
        fg.read(tweets, preset="coortweet")
    with pytest.raises(
        InputError,
        match=r"b\.csv is not CooRTweet: it has none of the fields 'object_id'.* Found: 'user', 'page'",
    ):
        fg.read(plain, preset="coortweet")
    # With some of the fields it is read, and what it lacks is told.
    log = fg.read(
        write("d.csv", "account_id,object_id,timestamp_share\na,p,1714521600\n"), preset="coortweet"
    )
    assert rows(log) == [("a", "share", "p", 1)]
    assert any("lacks fields that CooRTweet has: 'content_id'." in note for note in log.notes)


def test_several_files_of_one_preset(write):
    one, two = write("a.jsonl", [TWEET]), write("b.jsonl", [{**TWEET, "id": "2", "author_id": "8"}])
    log = fg.read([one, two])
    assert rows(log) == [*POST, *[("8", *rest) for _, *rest in POST]]
    assert log.table["source"].to_pylist() == [str(one)] * 2 + [str(two)] * 2
    assert sum(note.startswith("Recognised as") for note in log.notes) == 1


def test_a_second_file_of_another_format_is_refused(write):
    tweets, plain = write("a.jsonl", [TWEET]), write("b.jsonl", [{"user": "a", "page": "p"}])
    table = write("c.csv", "id,author_id,text,edit_history_tweet_ids\n1,u,hi,1\n")
    with pytest.raises(
        InputError,
        match=r"b\.jsonl is not Twitter/X API v2 \(twarc2\), as the source before it is.*Read them apart",
    ):
        fg.read([tweets, plain])
    # The other way round the columns of the first are missing in the second.
    with pytest.raises(InputError, match=r"a\.jsonl has no column 'user'"):
        fg.read([plain, tweets])
    for options in ({}, {"preset": "twitter-v2"}):
        with pytest.raises(
            InputError,
            match=r"c\.csv: Twitter/X API v2 \(twarc2\) is JSON, but this is text.*Read them apart",
        ):
            fg.read([tweets, table], **options)
    with pytest.raises(
        InputError, match=r"b\.jsonl is not Twitter/X API v2 \(twarc2\): it has none of the fields"
    ):
        fg.read([tweets, plain], preset="twitter-v2")


def test_actions_of_a_preset(write):
    path = write("a.jsonl", [TWEET, {**TWEET, "id": "2", "entities": {}}])
    log = fg.read(path, actions=["hashtag"])
    assert rows(log) == POST[:1]
    # The second post has no hashtag, so nothing is left of it.
    assert log.rejected_by_reason == {"action not asked for": 1}
    assert "Only these actions were read: hashtag." in log.notes
    assert log.options == {"actions": "hashtag"}
    assert rows(fg.read(path, actions="hashtag")) == POST[:1]
    assert fg.read(path, actions=["hashtag", "text"]).options == {"actions": "hashtag,text"}
    with pytest.raises(
        UsageError, match=r"actions has 'liek'; the preset twitter-v2 knows repost, quote, reply, link,"
    ):
        fg.read(path, actions=["hashtag", "liek"])
    for bad in ([], [""], [3], ""):
        with pytest.raises(
            UsageError, match=r"actions is .*; expected names of actions, such as \['repost'\]"
        ):
            fg.read(path, actions=bad)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "frame"])
def test_actions_of_a_plain_log(write, kind):
    table = pd.DataFrame({"user": list("abcd"), "page": list("pqrs"), "type": ["like", "share", "Like", ""]})
    if kind == "csv":
        source = write("a.csv", table.to_csv(index=False))
    elif kind == "jsonl":
        source = write("a.jsonl", table.to_dict("records"))
    else:
        source = table.astype({"type": "category"})
    log = fg.read(source, actions=["like"])
    assert rows(log) == [("a", "like", "p", 1)]
    assert log.rejected[["line", "reason"]].values.tolist() == [
        [2, "action not asked for"],
        [3, "action not asked for"],
        [4, "action not asked for"],
    ]
    # A word that nobody uses is no mistake in the option: another file may hold it. The notes show where all rows went.
    log = fg.read(source, actions=["liek"])
    assert rows(log) == []
    assert log.rejected_by_reason == {"action not asked for": 4}
    assert log.notes[-2:] == (
        *(
            "Only these actions were read: liek.",
            "No row could be used; the most frequent reason is: action not asked for.",
        ),
    )
    with pytest.raises(
        UsageError, match=r"but .* has no column of actions\. Name it with action= \(on the command line"
    ):
        fg.read(table.drop(columns="type"), actions=["like"])


def test_what_is_wrong_otherwise_comes_before_a_missing_action(write):
    log = fg.read(write("a.csv", b"user,page,type\n,p,like\n,p,share\na,,share\n".decode()), actions=["like"])
    # An action that was not asked for is said first: of such a row nothing else matters.
    assert log.rejected["reason"].tolist() == [
        "empty account",
        "action not asked for",
        "action not asked for",
    ]


def test_keep_with_presets(write):
    log = fg.read(write("a.csv", LIKES), keep=["note", "page_name", "page"])
    assert log.preset == "page-likes"
    assert log.table.select(["note", "page_name", "page"]).to_pydict() == {
        "note": ["x", "y"],
        "page_name": ["P", "Q"],
        "page": ["p", "q"],
    }
    # What is kept of a post stands beside each of its interactions, nested fields by their dots.
    path = write("a.jsonl", [{**TWEET, "public_metrics": {"like_count": 5}}, {**TWEET, "id": "2"}])
    log = fg.read(path, keep=["id", "public_metrics.like_count"])
    assert log.table["id"].to_pylist() == [TWEET["id"]] * 2 + ["2"] * 2
    assert log.table["public_metrics.like_count"].to_pylist() == ["5", "5", None, None]
    with pytest.raises(InputError, match=r"has no column 'nope' \(keep='nope'\)\. Found: 'id', 'author_id'"):
        fg.read(path, keep=["nope"])
    for name in ("account", "raw_content", "line"):
        with pytest.raises(
            UsageError, match=rf"keep names '{name}', which is a name that farmgraph's own table uses"
        ):
            fg.read(path, keep=[name])


def test_resolution_and_options_of_the_result(write):
    event = {
        "type": "WatchEvent",
        "actor": {"login": "a"},
        "repo": {"name": "o/r"},
        "created_at": "2024-05-01T00:00:00Z",
    }
    path = write("a.jsonl", [event])
    log = fg.read(path)
    assert (log.preset, log.resolution_s) == ("gharchive", 1.0)
    assert fg.bipartite(log).resolution_s == 1.0
    plain = fg.read(path, preset="none")
    assert (plain.preset, plain.resolution_s) == ("", 0.0)
    log = fg.read(
        path,
        preset="gharchive",
        actions=["star"],
        normalise="none",
        timezone="Europe/Berlin",
        encoding="utf-8",
        duplicates="keep",
        threads=1,
    )
    assert log.options == {
        "preset": "gharchive",
        "actions": "star",
        "normalise": "none",
        "timezone": "Europe/Berlin",
        "encoding": "utf-8",
        "duplicates": "keep",
    }


def test_what_was_seen_on_the_way(write):
    one = write("a.jsonl", [TWEET])
    reading = read_closely([one], checked_options(columns={}))
    assert reading.recognised.startswith("Twitter/X API v2 (twarc2) (preset twitter-v2), by the fields 'id'")
    assert reading.forms == {str(one): "JSON lines"}
    assert reading.columns_found[str(one)][:2] == ["id", "author_id"]
    assert reading.time_kinds == {"date and time with a zone": 1}
    assert reading.guessed == ()


@pytest.mark.parametrize("form", ["jsonl", "csv", "frame", "lists"])
def test_conditions(own_preset, write, form):
    own_preset(
        acts=(
            Act("there", ("what",), where=("flag",)),
            Act("missing", ("what",), where=("!flag",)),
            Act("is", ("what",), where=("kind=Good",)),
            Act("is not", ("what",), where=("kind!=good",)),
            Act("both", ("what",), where=("flag", "kind=good")),
            Act("first", ("other", "what")),
            Act("each", ("tags[]",), where=("tags[]=a",)),
        )
    )
    base = {
        "who": "u",
        "mark": "m",
        "what": "p",
        "when": "1714521600",
        "flag": "",
        "kind": "",
        "other": "",
        "tags": [],
    }
    records = [
        {**base, "flag": "yes", "kind": "GOOD", "tags": ["a", "b", "a"]},
        {**base, "kind": "bad", "other": "o", "tags": ["b"]},
    ]
    if form == "jsonl":
        source = write("a.jsonl", records)
    elif form == "lists":
        source = pa.Table.from_pylist(records)
    else:
        frame = pd.DataFrame([{**record, "tags": str(record["tags"])} for record in records])
        source = write("a.csv", frame.to_csv(index=False)) if form == "csv" else frame
    log = fg.read(source)
    assert log.preset == "mine"
    acts = [(action, content, line) for _, action, content, line in rows(log)]
    assert acts == [
        *(
            ("there", "p", 1),
            ("is", "p", 1),
            ("both", "p", 1),
            ("first", "p", 1),
            ("each", "a", 1),
            ("each", "b", 1),
        ),
        *(("missing", "p", 2), ("is not", "p", 2), ("first", "o", 2)),
    ]


def test_placeholders_in_tables(own_preset, write):
    own_preset(acts=(Act("share", ("what",)), Act("tag", ("tags[]",))), account=("who", "name"))
    log = fg.read(
        write(
            "a.csv",
            "who,name,mark,what,tags,when\nNA,n,m,NULL,a,NA\nNaN,NA,m,p,[],1714521600\nu,,m,NA,NA,1\nu,,m,nan?,,1\n",
        )
    )
    # The name where the identifier is missing; nobody; nothing done; what only begins like one is a name.
    assert rows(log) == [("n", "tag", "a", 1), ("u", "share", "nan?", 4)]
    assert log.rejected[["line", "reason"]].values.tolist() == [[2, "empty account"], [3, "no action"]]
    assert log.table["time"].null_count == 1


def test_the_first_time_that_can_be_read(own_preset, write):
    own_preset(
        acts=(Act("share", ("what",)),),
        time=("when", "%d/%m/%Y %H:%M|local", "snowflake:id"),
        marks=("who", "local"),
    )
    # 1531968803951349761 >> 22 = 365,249,825,466 ms after 1,288,834,974,657: 2022-06-01 12:00:00.123.
    path = write(
        "a.csv",
        "who,what,when,local,id\na,p,2024-05-01,x,1\nb,p,soon,31/12/2023 10:30,1\n"
        "c,p,,,1531968803951349761\nd,p,soon,99/99/2023 10:30,1\ne,p,,,1\n",
    )
    log = fg.read(path)
    assert [when and when.isoformat()[:23] for when in log.table["time"].to_pylist()] == [
        *("2024-05-01T00:00:00+00:", "2023-12-31T10:30:00+00:", "2022-06-01T12:00:00.123", None)
    ]
    # What is there and cannot be read is not merely missing.
    assert log.rejected[["line", "reason"]].values.tolist() == [[4, "unreadable time"]]


def test_contents_with_unusable_names_leave_the_others(own_preset, write):
    own_preset(acts=(Act("tag", ("tags[]",)),), marks=("who", "tags"))
    log = fg.read(
        write("a.jsonl", [{"who": "u", "tags": ["a", "b\0", "1.2E+18"]}, {"who": "u", "tags": ["1.2E+18"]}])
    )
    assert rows(log) == [("u", "tag", "a", 1)]
    assert log.rejected[["line", "reason"]].values.tolist() == [[2, "content cut by a spreadsheet"]]
    assert "2 contents with unusable names were left out of rows that hold others." in log.notes


TAG = st.sampled_from(["a", "A", "b", "#a", "", "#"])


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["u", "v", ""]), st.lists(TAG, max_size=4), TAG), min_size=1, max_size=8
    ),
    st.integers(1, 4),
)
def test_every_content_of_a_record_once(tmp_path, records, size):
    preset = Preset(
        name="mine",
        title="My format",
        about="",
        account=("who",),
        time=("when",),
        acts=(
            Act("tag", ("tags[]",), rule="hashtag"),
            Act("say", ("word",)),
            Act("tag", ("word",), rule="hashtag"),
        ),
        marks=("who", "tags", "word"),
        json=True,
    )
    expected, used = [], 0
    for line, (who, tags, word) in enumerate(records, start=1):
        some = [("tag", "#" + tag.lower().lstrip("#")) for tag in tags]
        some += [("say", word), ("tag", "#" + word.lower().lstrip("#"))]
        some = list(dict.fromkeys(one for one in some if one[1] not in ("", "#") or one == ("say", "#")))
        if who and some:
            used += 1
            expected += [(who, *one, line) for one in some]
    path = tmp_path / "log.jsonl"
    path.write_text(
        "".join(json.dumps({"who": who, "tags": tags, "word": word}) + "\n" for who, tags, word in records)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("farmgraph.interactions.presets.presets", lambda: {"mine": preset})
        patch.setattr("farmgraph.interactions.records.BLOCK_ROWS", size)
        log = fg.read(path, preset="mine", duplicates="keep")
    assert rows(log) == expected
    assert (log.n_used, log.n_rows) == (used, len(records))


@pytest.mark.parametrize("role", ["time", "action"])
def test_a_named_column_is_never_ignored(tmp_path, role):
    path = tmp_path / "followers.csv"
    path.write_text("follower,followed,followed_at,seen_at\na,b,2024-01-01,2025-02-02\n")
    with pytest.raises(UsageError, match=f"{role} is 'seen_at', but .* was recognised as Followers"):
        fg.read(path, **{role: "seen_at"})
    log = fg.read(path, account="follower", **{role: "seen_at"})
    assert (log.preset, log.columns[role]) == ("", "seen_at")
