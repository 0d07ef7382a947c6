"""What a preset can say of a record, with presets made up for it."""

import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interactions.posts import rows

import farmgraph as fg
from farmgraph.interactions.presets.shape import Act, Preset


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
