"""Streams in which a later event takes back an earlier one."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg

POST = "at://did:plc:zz/app.bsky.feed.post/1"
START = 1_725_900_000_000_000


def event(number, operation, *, did="a", key="k", collection="like"):
    """Return one event of the stream, at a time of its own."""
    commit = {
        "rev": str(number),
        "operation": operation,
        "collection": f"app.bsky.feed.{collection}",
        "rkey": key,
    }
    if operation == "create":
        commit |= {"record": {"subject": {"uri": POST}, "createdAt": "2024-09-09T16:40:00Z"}}
    return {"did": f"did:plc:{did}", "time_us": START + number, "kind": "commit", "commit": commit}


@pytest.fixture
def read(tmp_path):
    def read_events(*files, **options):
        paths = []
        for n, events in enumerate(files, start=1):
            paths.append(tmp_path / f"{n}.jsonl")
            paths[-1].write_text("".join(json.dumps(one) + "\n" for one in events))
        log = fg.read(paths, **options)
        assert log.preset == "bluesky"
        assert log.n_rows == log.n_used + len(log.rejected) == sum(map(len, files))
        return log

    return read_events


def rejects(log):
    return log.rejected[["line", "reason"]].values.tolist()


BACK, GONE = "takes back an earlier action", "taken back later"


def test_create_delete_create(read):
    log = read([event(1, "create"), event(2, "delete"), event(3, "create")])
    assert log.table["line"].to_pylist() == [3]
    assert rejects(log) == [[1, GONE], [2, BACK]]
    assert log.rejected["raw_text"][0] == "by row 2"
    assert json.loads(log.rejected["raw_text"][1])["commit"]["operation"] == "delete"
    assert log.rejected_by_reason == {BACK: 1, GONE: 1}
    assert (log.source[0].n_rows, log.source[0].n_used) == (3, 1)
    assert log.table["time"].cast("int64").to_pylist() == [START + 3]


def test_a_delete_before_takes_nothing_back(read):
    log = read([event(1, "delete"), event(2, "create")])
    assert log.table["line"].to_pylist() == [2]
    assert rejects(log) == [[1, BACK]]


def test_a_delete_in_a_second_file(read):
    log = read([event(1, "create"), event(2, "create", key="other")], [event(3, "delete")])
    assert log.table["line"].to_pylist() == [2]
    assert log.rejected["reason"].tolist() == [GONE, BACK]
    assert log.rejected["raw_text"][0].startswith("by row 1 of ")
    assert log.rejected["raw_text"][0].endswith("2.jsonl")
    # Time decides and not the order of the files, which glob sorts by their names.
    other = read([event(3, "delete")], [event(1, "create"), event(2, "create", key="other")])
    assert other.table["line"].to_pylist() == [2]
    assert other.rejected["raw_text"][1].startswith("by row 1 of ")


def test_two_creates_and_one_delete(read):
    log = read([event(1, "create"), event(2, "create"), event(3, "delete")])
    # The last one before it goes.
    assert log.table["line"].to_pylist() == [1]
    assert rejects(log) == [[2, GONE], [3, BACK]]
    log = read(
        [event(1, "create"), event(2, "create"), event(3, "delete"), event(4, "delete"), event(5, "delete")]
    )
    assert len(log) == 0
    assert log.rejected_by_reason == {BACK: 3, GONE: 2}


@pytest.mark.parametrize("other", [{"did": "b"}, {"key": "k2"}, {"collection": "repost"}], ids=str)
def test_a_delete_of_something_else_does_nothing(read, other):
    log = read([event(1, "create"), event(2, "delete", **other)])
    assert log.table["line"].to_pylist() == [1]
    assert rejects(log) == [[2, BACK]]


def test_a_create_that_stands_there_twice_is_one_deed(read):
    # Two recordings overlap: what both tell happened once, and is taken back once.
    create, delete = event(1, "create"), event(2, "delete")
    for files in (
        [[create], [create, delete]],
        [[create, delete], [create, delete]],
        [[create, create, delete]],
    ):
        log = read(*files)
        assert len(log) == 0, files
        assert log.rejected_by_reason[GONE] == 1
        assert log.rejected_by_reason["exact duplicate"] == 1
    # Whoever keeps duplicates has two deeds, of which one is taken back.
    assert len(read([create, create, delete], duplicates="keep")) == 1


def test_a_post_goes_with_all_its_contents(read):
    post = event(1, "create", collection="post")
    post["commit"]["record"] = {
        "text": "hi #a",
        "tags": ["a", "b"],
        "reply": {"parent": {"uri": POST}},
    }
    # A reply, two hashtags and a text.
    assert len(read([post])) == 4
    log = read([post, event(2, "create"), event(3, "delete", collection="post")])
    assert log.table["action"].to_pylist() == ["like"]
    assert log.n_used == 1


EVENT = st.tuples(
    st.sampled_from(["create", "delete"]),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["k", "l"]),
    st.booleans(),
)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(EVENT, min_size=1, max_size=10), st.integers(1, 4))
@example([("create", "a", "k", False), ("create", "a", "k", False), ("delete", "a", "k", True)], 1)
def test_any_events_in_any_blocks(tmp_path, events, size):
    alive, gone, files = {}, [], [[event(0, "create", did="first")], []]
    for n, (operation, did, key, second) in enumerate(events, start=1):
        # From the first event that says so on, all stand in the second file.
        at = int(second or bool(files[1]))
        files[at].append(event(n, operation, did=did, key=key))
        if operation == "create":
            alive.setdefault((did, key), []).append(n)
        elif alive.get((did, key)):
            gone.append(alive[did, key].pop())
    paths = []
    for n, some in enumerate(file for file in files if file):
        paths.append(tmp_path / f"{n}.jsonl")
        paths[-1].write_text("".join(json.dumps(one) + "\n" for one in some))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("farmgraph.interactions.records.BLOCK_ROWS", size)
        log = fg.read(paths, preset="bluesky")
    expected = [0, *sorted(n for some in alive.values() for n in some)]
    assert [when - START for when in log.table["time"].cast("int64").to_pylist()] == expected
    assert log.rejected_by_reason.get(GONE, 0) == len(gone)
    assert log.rejected_by_reason.get(BACK, 0) == sum(operation == "delete" for operation, *_ in events)
    assert log.n_rows == len(events) + 1 == log.n_used + len(log.rejected)
