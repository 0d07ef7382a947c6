"""A case with pseudonyms: no original name in any of its files, and the same findings."""

import json
import re
import shlex

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from planted import planted_log
from render.reading import unzipped

import farmgraph as fg
from farmgraph import cli
from farmgraph.interactions.pseudonyms import key_id, read_key, write_key

MARK = "gnuqzx"
"""Stands in every name that must not get out. By chance it stands in a pseudonym once in 2**30 letters."""

FARMS = {"burst": ("burst", 20, 12, 0.9), "shift": ("shift", 25, 14, 0.8)}
PLANTED = planted_log(seed=6, n_rows=12_000, n_accounts=900, n_contents=600, farms=FARMS)


def _ids(numbers):
    # Three kinds of names: one word, several words, and letters that JSON writes as \uXXXX.
    forms = ("{m}{i:05d}vw", "Dr. {m} von-{i:05d}_x", "Żółć {m} {i:05d}é")
    return {old: forms[int(i) % 3].format(m=MARK, i=int(i)) for old, i in numbers.items()}


def _numbers(names):
    return {name: name.rsplit(" ", 1)[1] for name in names.unique()}


ACCOUNTS = _ids(_numbers(PLANTED["account"]))


def percent(text):
    """Write a text as an address can, so that no letter of it is left to see."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _contents():
    """Give each third content an address with a name in it, in one of four spellings; one is called like an account."""
    ids = list(ACCOUNTS.values())
    rng = np.random.default_rng(0)
    spellings = (
        lambda who: f"https://social.example/{who}/posts/",
        lambda who: f"https://social.example/{who.upper().replace(' ', '-')}?p=",
        lambda who: f"Re: {who}, your post ",
        lambda who: f"https://social.example/u/{percent(who)}/",
    )
    new = {}
    for k, (old, number) in enumerate(_numbers(PLANTED["content"]).items()):
        who = ids[rng.integers(len(ids))]
        named = spellings[k // 3 % 4](who) if k % 3 == 0 else "https://news.example/article/"
        new[old] = f"{named}{number}"
    last = max(new, key=lambda name: int(name.rsplit(" ", 1)[1]))
    new[last] = ids[-1]
    return new


CONTENTS = _contents()
IDS = sorted(ACCOUNTS.values())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("pseudonyms")


@pytest.fixture(scope="module")
def log_file(place):
    frame = pd.DataFrame(
        {
            "user": PLANTED["account"].map(ACCOUNTS),
            "page": PLANTED["content"].map(CONTENTS),
            "liked_at": PLANTED["time"],
            "kind": np.where(np.arange(len(PLANTED)) % 50 == 0, "answer to " + IDS[3], "like"),
            "bio": "I am " + PLANTED["account"].map(ACCOUNTS),
        }
    )
    folder = place / f"seized from {MARK} clinic"
    folder.mkdir()
    path = folder / f"likes of {MARK}.csv"
    bad = f"{IDS[0]},page,never,like,\n,page of {IDS[1]},1600000000,like,\nnobody {MARK},page\n"
    # The last account is called like a missing value, which a note of the reading points at by name.
    path.write_text(frame.to_csv(index=False) + bad + "NA,https://news.example/article/1,1600400000,like,\n")
    return path


@pytest.fixture(scope="module")
def key_file(place):
    (place / "hidden safe").mkdir()
    return write_key(place / "hidden safe" / "of the clinic.key")


COLUMNS = (
    "--account",
    "user",
    "--content",
    "page",
    "--time",
    "liked_at",
    "--action",
    "kind",
    "--draws",
    "199",
)


@pytest.fixture(scope="module")
def plain(log_file, place):
    path = place / "plain"
    arguments = ["investigate", str(log_file), "-o", str(path), *COLUMNS, "--quiet"]
    assert cli.run(lambda: cli.app(arguments)) == 0
    return path


@pytest.fixture(scope="module")
def safe(log_file, key_file, place):
    path = place / "safe"
    arguments = ["investigate", str(log_file), "-o", str(path), *COLUMNS, "--quiet"]
    assert cli.run(lambda: cli.app([*arguments, "--pseudonymise", str(key_file)])) == 0
    return path


def readings(file):
    """Return all that a file says, as text: its bytes, and what they hold once unpacked."""
    raw = file.read_bytes()
    texts = [raw.decode("utf-8", "replace")]
    if file.suffix == ".json":
        texts.append(json.dumps(json.loads(raw), ensure_ascii=False))
    if file.suffix == ".html":
        texts.append(unzipped(raw.decode()))
    if file.suffix == ".parquet":
        table = pq.read_table(file)
        for column in table.columns:
            # Times and numbers, too: as text they could spell something.
            texts.append("\n".join(map(str, column.unique().to_pylist())))
        texts.append(table.schema.to_string(show_schema_metadata=True))
    return texts


def leaks(folder, words):
    """Return which files of a folder hold which of the words, in their contents or their names."""
    found, words = {}, list(words)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        whole = "\n".join([file.name, *readings(file)]).casefold()
        here = {word for word in words if word.casefold() in whole}
        if here:
            found[file.name] = here
    return found


def secrets_of(log_file, key_file):
    key = read_key(key_file)
    return [
        *(MARK, *IDS, *map(percent, IDS), "I am "),
        *(str(log_file.parent), log_file.name, log_file.stem, log_file.parent.name),
        *(str(key_file), key_file.name, key_file.parent.name, key.hex()),
    ]


def test_the_search_finds_names_where_there_are_some(plain):
    """The other tests would pass on anything if it did not."""
    found = leaks(plain, [MARK, *IDS])
    # Evidence is numbers and sentences of ours; everything else holds names.
    assert {file.name for file in plain.iterdir()} - set(found) == {"clusters.csv", "clusters.parquet"}
    forms = {next(i for i in IDS if i.startswith(start)) for start in ("Dr.", "Żółć", MARK)}
    assert len(forms) == 3
    for name in ("accounts.csv", "accounts.parquet", "actions.parquet", "summary.json", "report.html"):
        # Names of all three kinds, or the search would overlook one of them.
        assert {word[:3] for word in found[name]} >= {form[:3] for form in forms}, name
    assert leaks(plain, map(percent, IDS)).keys() >= {"contents.csv", "contents.parquet", "report.html"}


def test_no_name_is_left_in_any_file(safe, log_file, key_file):
    assert leaks(safe, secrets_of(log_file, key_file)) == {}


def test_no_name_is_left_in_any_file_where_contents_are_hidden(log_file, key_file, tmp_path, command):
    for option in ("--pseudonymise-contents", "--contents-are-accounts"):
        case = tmp_path / option.strip("-")
        code, *_ = command(
            "investigate", log_file, "-o", case, *COLUMNS, "--pseudonymise", key_file, option, "--quiet"
        )
        assert code == 0
        assert leaks(case, [*secrets_of(log_file, key_file), "news.example", "social.example"]) == {}
        prefix = "c_" if option == "--pseudonymise-contents" else "a_"
        assert fg.Case.load(case).contents["content"].str.fullmatch(prefix + "[a-z2-7]{16}").all()


def test_no_name_is_left_in_what_is_made_of_the_case(safe, log_file, key_file, tmp_path):
    case = fg.Case.load(safe)
    for format in ("gexf", "graphml", "bibtex"):
        case.export(tmp_path / f"x.{format}", format=format)
    for format in ("csv", "parquet"):
        case.export(tmp_path / format, format=format)
    case.report(tmp_path / "again.html")
    case.report(tmp_path / "public.html", redact=True)
    (tmp_path / "shown.txt").write_text(repr(case) + case._repr_html_() + case.citation(), encoding="utf-8")
    assert leaks(tmp_path, secrets_of(log_file, key_file)) == {}
    assert "source 1" in case.citation()


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_no_name_is_left_in_what_the_command_says(log_file, key_file, tmp_path, command, more):
    said = command(
        "investigate", log_file, "-o", tmp_path / "case", *COLUMNS, "--pseudonymise", key_file, *more
    )
    code, out, err = said
    assert code == 0
    told = (out + json.dumps(json.loads(out), ensure_ascii=False) if more else out) + err
    assert [word for word in secrets_of(log_file, key_file) if word in told] == []
    assert "the account 'NA'" not in told
    assert "1 note on the reading left out for the names in them." in told
    # A bad time, a row without an account, a row of two fields: the reasons are said.
    assert "3 rejected" in err
    assert "unreadable time" in err
    _, out, err = command("investigate", log_file, "-o", tmp_path / "plain", *COLUMNS, *more)
    assert "the account 'NA'" in out + err  # so that there was something to leave out


def test_the_findings_are_the_same_up_to_names(plain, safe, key_file):
    before, after = fg.Case.load(plain), fg.Case.load(safe)
    assert (before.evidence["verdict"] == "lockstep").sum() == len(FARMS)
    pd.testing.assert_frame_equal(before.evidence, after.evidence)
    # What each account and content is called now, by the same key, found out on a log of nothing but names.
    names = pd.DataFrame({"user": [*IDS, "NA"], "page": "x", "time": 0})
    called = fg.read(names).pseudonymise(key_file).table["account"].to_pylist()
    new = dict(zip(names["user"], called, strict=True))
    numbers = ["score", "n_interactions", "n_in_cluster", "gap_s"]
    for name, key in (("accounts", ["cluster", "account"]), ("pairs", ["cluster", "account_a", "account_b"])):
        one, other = getattr(before, name).copy(), getattr(after, name)
        for column in key[1:]:
            one[column] = one[column].map(new)
        if name == "pairs":  # the first of two is the one whose name comes first
            one[key[1:]] = np.sort(one[key[1:]].to_numpy(dtype=str), axis=1)
        columns = [*key, *(numbers if name == "accounts" else ["n_contents", "weight"])]
        one, other = (table[columns].sort_values(key, ignore_index=True) for table in (one, other))
        pd.testing.assert_frame_equal(one, other, check_dtype=False)


def test_contents_without_a_name_stay_readable(plain, safe):
    before, after = (set(fg.Case.load(path).contents["content"]) for path in (plain, safe))
    readable = {content for content in before if MARK not in content.lower() and "%" not in content}
    assert readable
    assert {content for content in after if "://" in content} == readable
    assert len(after) == len(before)


def test_rows_and_rejects_keep_their_lines(plain, safe):
    before, after = fg.Case.load(plain), fg.Case.load(safe)
    for name in ("actions", "rejected"):
        one, other = getattr(before, name), getattr(after, name)
        assert one["line"].tolist() == other["line"].tolist()
        assert set(other["source"]) == {"source 1"}
    assert before.actions["time"].equals(after.actions["time"])
    assert after.rejected["raw_text"].tolist() == ["", "", ""]
    assert before.rejected["reason"].tolist() == after.rejected["reason"].tolist()
    # "answer to" somebody is no usual action any more; "like" is.
    assert set(before.actions["action"]) == {"like", f"answer to {IDS[3]}"}
    (other,) = set(after.actions["action"]) - {"like"}
    assert re.fullmatch("c_[a-z2-7]{16}", other)


def test_the_manifest_says_what_was_done(plain, safe, key_file):
    before, after = (json.loads((path / "manifest.json").read_text()) for path in (plain, safe))
    key = key_id(read_key(key_file))
    assert after["pseudonyms"] == {"key_id": key, "contents": False, "dropped": []}
    assert set(after) - set(before) == {"pseudonyms"}
    assert set(before) <= set(after)
    words = shlex.split(after["command"])
    assert words[:3] == ["farmgraph", "investigate", "LOG"]
    assert "--pseudonymise=KEYFILE" in words
    # Otherwise it is the command of the ordinary case, which names the file.
    rest = [word for word in words if word not in ("LOG", "--pseudonymise=KEYFILE")]
    assert rest == [word for word in shlex.split(before["command"]) if MARK not in word]
    (source,), (named) = after["sources"], before["sources"][0]
    assert source == {**named, "path": "source 1"}
    assert (
        after["columns"]
        == before["columns"]
        == {**{"account": "user", "content": "page", "time": "liked_at", "action": "kind"}}
    )


def test_the_report_says_that_names_are_pseudonyms(safe, plain, key_file):
    key = key_id(read_key(key_file))
    sentence = f"Names are pseudonyms, made with the key {key}"
    assert sentence in unzipped((safe / "report.html").read_text(encoding="utf-8"))
    assert any(note.startswith(sentence) for note in fg.Case.load(safe).summary["provenance"]["notes"])
    assert "Names are pseudonyms" not in unzipped((plain / "report.html").read_text(encoding="utf-8"))


def test_the_same_key_gives_the_same_bytes(safe, log_file, key_file, tmp_path, command):
    command("investigate", log_file, "-o", tmp_path / "c", *COLUMNS, "--pseudonymise", key_file, "--quiet")
    for file in safe.iterdir():
        if file.name != "manifest.json":
            assert file.read_bytes() == (tmp_path / "c" / file.name).read_bytes(), file.name


def test_commands_for_all_options():
    log = fg.read([pd.DataFrame({"user": ["a"], "page": ["p"], "note": ["x"]})] * 2, keep=["note"])
    from farmgraph.casework.commandline import command_for

    for contents, words in (
        (True, ["--pseudonymise-contents"]),
        ("accounts", ["--contents-are-accounts"]),
        (False, []),
    ):
        safe = log.pseudonymise(b"k" * 16, contents=contents)
        assert shlex.split(command_for(safe, options={"q": 0.05})) == [
            *("farmgraph", "investigate", "LOG1", "LOG2", "--account=user", "--content=page", "--q=0.05"),
            *("--pseudonymise=KEYFILE", *words, "--output=CASE"),
        ]


def test_a_kept_column_is_no_part_of_a_case(log_file, tmp_path):
    log = fg.read(log_file, account="user", content="page", time="liked_at", action="kind", keep=["bio"])
    safe = log.pseudonymise(b"k" * 16, keep=["bio"])
    assert MARK in safe.table["bio"][0].as_py()
    case = fg.investigate(safe, draws=99)
    case.save(tmp_path / "case")
    assert leaks(tmp_path, [MARK, *IDS]) == {}
    assert case.manifest["pseudonyms"]["dropped"] == []
    dropped = fg.investigate(log.pseudonymise(b"k" * 16), draws=99)
    assert dropped.manifest["pseudonyms"]["dropped"] == ["bio"]


# The command


def test_a_new_key(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = command("key", "new")
    assert (code, out) == (0, "farmgraph.key\n")
    assert err.startswith("Keep it secret, for whoever has it and a list of names can find out who is who")
    assert len(read_key("farmgraph.key")) == 32
    assert read_key("farmgraph.key").hex() not in out + err
    code, out, err = command("key", "new")
    assert (code, out) == (2, "")
    assert "exists already" in err
    assert command("key", "new", "-o", "other.key")[:2] == (0, "other.key\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--pseudonymise", "nowhere.key"], "There is no key file nowhere.key."),
        (["--pseudonymise", "LOG"], "is not a key file"),
        (["--pseudonymise-contents"], "--pseudonymise-contents needs a key"),
        (["--contents-are-accounts"], "--contents-are-accounts needs a key"),
        (
            ["--pseudonymise", "KEY", "--pseudonymise-contents", "--contents-are-accounts"],
            "exclude each other",
        ),
    ],
)
def test_a_bad_key_fails_before_the_log_is_read(command, key_file, tmp_path, monkeypatch, arguments, words):
    def read(*_, **__):
        raise AssertionError("the log was read")

    monkeypatch.setattr("farmgraph.cli.read_logs", read)
    log = tmp_path / "log.csv"
    log.write_text("user,page\na,p\n")
    given = [{"LOG": log, "KEY": key_file}.get(word, word) for word in arguments]
    code, out, err = command("investigate", log, "-o", tmp_path / "case", *given)
    assert (code, out) == (2, "")
    assert words in err
    assert not (tmp_path / "case").exists()


def test_a_key_that_others_may_read(command, tmp_path):
    log, key = tmp_path / "log.csv", write_key(tmp_path / "my key")
    log.write_text("user,page\na,p\nb,p\n")
    for mode, quiet, said in ((0o644, [], True), (0o644, ["--quiet"], False), (0o600, [], False)):
        key.chmod(mode)
        code, _, err = command(
            "investigate", log, "-o", tmp_path / "case", "--pseudonymise", key, "--overwrite", *quiet
        )
        assert code == 0
        assert (f"chmod 600 '{key}'" in err) is said


def test_words_in_parquet_are_found(tmp_path):
    pq.write_table(
        pa.table({"x": pa.array(["a", f"b {MARK}"] * 50).dictionary_encode()}), tmp_path / "t.parquet"
    )
    assert leaks(tmp_path, [MARK, "nowhere"]) == {"t.parquet": {MARK}}
