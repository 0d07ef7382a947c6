"""Labels: read from whatever holds them, refused where they make no sense."""

import pandas as pd
import polars as pl
import pytest

import farmgraph as fg
from farmgraph.lab.labels import BENIGN, FARM, LOOK_ALIKE

FRAME = pd.DataFrame(
    {
        "group": ["x", "x", "y", "z"],
        "kind": ["burst", "burst", "fan club", "class"],
        "label": [FARM, FARM, LOOK_ALIKE, BENIGN],
        "account": ["007", "b", "b", "NA"],
    }
)


def test_groups_and_their_accounts():
    labels = fg.read_labels(FRAME)
    assert labels.groups.values.tolist() == [
        ["x", "burst", FARM, 2],
        ["y", "fan club", LOOK_ALIKE, 1],
        ["z", "class", BENIGN, 1],
    ]
    assert labels.accounts(FARM, BENIGN) == {"007", "b", "NA"}
    assert labels.accounts_of("y") == {"b"}
    assert labels.contents_of("x") == set()


@pytest.mark.parametrize("kind", ["csv", "parquet", "polars", "folder"])
def test_every_source_gives_the_same(kind, tmp_path):
    """Names stay what they are: 007 is no number, NA is somebody's name."""
    if kind == "csv":
        source = tmp_path / "l.csv"
        FRAME.to_csv(source, index=False)
    elif kind == "parquet":
        source = tmp_path / "l.parquet"
        FRAME.to_parquet(source)
    elif kind == "polars":
        source = pl.from_pandas(FRAME)
    else:
        FRAME.to_csv(tmp_path / "labels.csv", index=False)
        (tmp_path / "targets.csv").write_text("group,content\nx,p\nx,q\n")
        source = tmp_path
    labels = fg.read_labels(source)
    pd.testing.assert_frame_equal(labels.members, FRAME, check_dtype=False)
    assert labels.contents_of("x") == ({"p", "q"} if kind == "folder" else set())


def test_accounts_alone_are_one_farm():
    labels = fg.read_labels(pd.DataFrame({"account": ["a", "b", "a"]}))
    assert labels.groups.values.tolist() == [["all", FARM, FARM, 2]]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"user": ["a"]}, r"has the columns \['user'\]; expected 'account'"),
        (
            {"account": ["a"], "label": ["bot"]},
            "has the label 'bot'; expected one of farm, benign coordination",
        ),
        ({"account": ["a", None]}, "has 1 rows without account; expected one in each"),
        (
            {"account": ["a", "b"], "group": ["x", "x"], "label": [FARM, LOOK_ALIKE]},
            "gives group 'x' two kinds or labels",
        ),
    ],
)
def test_messages(columns, message):
    with pytest.raises(fg.InputError, match=message):
        fg.read_labels(pd.DataFrame(columns))


def test_messages_about_files(tmp_path):
    with pytest.raises(fg.InputError, match=r"There is no file .*nothing\.csv"):
        fg.read_labels(tmp_path / "nothing.csv")
    with pytest.raises(fg.InputError, match=r"There is no file .*labels\.csv"):
        fg.read_labels(tmp_path)
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    with pytest.raises(fg.InputError, match=r"Cannot read .*broken\.parquet as labels"):
        fg.read_labels(tmp_path / "broken.parquet")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(fg.InputError, match=r"Cannot read .*empty\.csv as labels"):
        fg.read_labels(tmp_path / "empty.csv")
    with pytest.raises(fg.InputError, match="Got a int; expected a path or a table"):
        fg.read_labels(3)
