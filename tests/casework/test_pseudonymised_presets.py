"""Logs of known formats with pseudonyms: what people wrote, and whom they follow, gets out no more than their names."""

import json
from pathlib import Path

import pandas as pd
import pytest
from casework.test_pseudonymised_case import MARK, leaks
from planted import planted_log

import farmgraph as fg
from farmgraph import cli
from farmgraph.interactions.pseudonyms import write_key

FARMS = {"burst": ("burst", 20, 12, 0.9)}


@pytest.fixture(scope="module")
def planted():
    return planted_log(seed=6, n_rows=6_000, n_accounts=500, n_contents=300, farms=FARMS)


def _case(path, place, *options):
    key = write_key(place / "k")
    arguments = ["investigate", str(path), "-o", str(place / "case"), "--draws", "99", "--quiet"]
    assert cli.run(lambda: cli.app([*arguments, "--pseudonymise", str(key), *options])) == 0
    return fg.Case.load(place / "case")


def test_tweets(planted, tmp_path):
    # Every account's id has the mark in it, and so have texts, mentions in them, and addresses of profiles.
    path = tmp_path / "tweets.jsonl"
    with open(path, "w") as file:
        for number, row in enumerate(planted.itertuples()):
            who, what = (name.rsplit(" ", 1)[1] for name in (row.account, row.content))
            tweet = {
                "id": str(10**18 + number),
                "author_id": f"{MARK}{who}",
                "created_at": pd.Timestamp(row.time, unit="s", tz="UTC").isoformat(),
                "text": f"what {MARK} told @{MARK}{who} of {what}",
                "conversation_id": str(number),
            }
            if number % 2:
                tweet["referenced_tweets"] = [{"type": "retweeted", "id": f"16{what}"}]
            else:
                url = (
                    f"https://x.example/{MARK}{who}/{what}" if number % 4 else f"https://news.example/{what}"
                )
                tweet["entities"] = {"urls": [{"expanded_url": url}]}
            file.write(json.dumps(tweet) + "\n")
        file.write(json.dumps({**tweet, "author_id": "", "text": MARK}) + "\n")
    log = fg.read(path)
    assert log.preset == "twitter-v2"
    assert any(MARK in text for text in log.table["raw_content"].to_pylist())
    plain = fg.investigate(log, draws=99)
    plain.save(tmp_path / "plain")
    assert "report.html" in leaks(tmp_path / "plain", [MARK])
    case = _case(path, tmp_path)
    assert leaks(tmp_path / "case", [MARK]) == {}
    assert case.manifest["preset"] == "twitter-v2"
    assert "--preset=twitter-v2" in case.manifest["command"]
    assert sorted(case.evidence["n_accounts"]) == sorted(plain.evidence["n_accounts"])
    # Contents that betray nobody stay readable: reposted ids and addresses of articles.
    assert case.contents["content"].str.match("16[0-9]+$|news[.]example/[0-9]+$").any()


def test_followers(planted, tmp_path):
    # Half of the followed never follow anybody: nothing but the format tells that they are accounts.
    frame = pd.DataFrame(
        {
            "follower": MARK + planted["account"],
            "followed": MARK + "s friend " + planted["content"],
            "followed_at": planted["time"],
        }
    )
    path = tmp_path / "log.csv"
    frame.to_csv(path, index=False)
    assert fg.read(path).preset == "followers"
    case = _case(path, tmp_path)
    assert leaks(tmp_path / "case", [MARK]) == {}
    assert len(case.contents)
    assert case.contents["content"].str.startswith("a_").all()
    assert case.manifest["pseudonyms"]["contents"] == "accounts"
    assert "--contents-are-accounts" in case.manifest["command"]


FIXTURES = Path(__file__).parents[1] / "interactions" / "presets" / "fixtures"
# What people wrote, are called or are named in, as the fixtures have it.
TELLING = {
    "mastodon.json": ["@ona", "users/", "/@", "did:"],
    "telegram.json": ["Hidden Name", "Guten Morgen", "Achtung", "channel1300000001", "user5000"],
    "telegram-older.json": ["Example Channel", "Guten Morgen", "user5000"],
    "bluesky.jsonl": ["did:plc:", "at://"],
    "4cat-telegram.csv": ["всем привет", "1200000001", "700000001"],
    "twitter-v2.jsonl": ["vote now", "149820183746291"],
}


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize("normalise", [None, "none"])
def test_fixtures_of_formats_that_name_people(name, normalise):
    log = fg.read(FIXTURES / name, normalise=normalise)
    safe = log.pseudonymise(b"k" * 16)
    said = [*safe.table["account"].to_pylist(), *safe.table["content"].to_pylist(), *safe.notes]
    acts = fg.presets()[log.preset].acts
    # Whatever an action says to tell of people carries a pseudonym, as the preset asks.
    before = {"account": "a_", "person": "c_"}
    hidden = 0
    for action, content in zip(*(safe.table[c].to_pylist() for c in ("action", "content")), strict=True):
        tells = {act.tells_of_people for act in acts if act.action == action} - {""}
        assert not tells or content[:2] in {before[kind] for kind in tells} | {"a_"}, (action, content)
        hidden += bool(tells)
    assert hidden
    for word in TELLING[name]:
        assert not any(word.casefold() in text.casefold() for text in said), word
