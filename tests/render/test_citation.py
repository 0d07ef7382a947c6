import re

import pytest
from render.planted import HOSTILE

from farmgraph.render.citation import bibtex, citation

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
GIVEN = {
    "farmgraph": "0.1.0",
    "sources": [{"path": "exports/likes.csv", "sha256": HASH}],
    "options": {"q": 0.05, "draws": 999.0},
    "seed": 7,
}
# Everything that may stand for a special character; nothing else with a backslash may remain.
ESCAPES = re.compile(
    r"\\(?:text(?:braceleft|braceright|backslash|asciitilde|asciicircum|less|greater|bar)\{\}|ldots\{\}"
    r"|ensuremath\{\\[lr]angle\}|[%#$&_])"
)


def entries(text):
    """Read BibTeX as BibTeX does: braces count, whatever stands before them."""
    found, at = [], 0
    while (at := text.find("@", at)) >= 0:
        kind, key = re.compile(r"@(\w+)\{([A-Za-z0-9.-]+),").match(text, at).groups()
        at = text.index(",", at) + 1
        fields = {}
        while name := re.compile(r"\s*(\w+) = \{").match(text, at):
            depth, start = 1, name.end()
            at = start
            while depth:
                depth += {"{": 1, "}": -1}.get(text[at], 0)
                at += 1
            fields[name.group(1)] = text[start : at - 1]
            at += text[at] == ","
        assert text[at : at + 3] == "\n}\n"
        at += 3
        found.append((kind, key, fields))
    return found


def test_a_citation_says_what_makes_the_report_again():
    assert citation(GIVEN) == (
        "farmgraph 0.1.0, a toolkit for finding accounts that act in lockstep. "
        f"Report on likes.csv (SHA-256 {HASH}); draws 999, q 0.05, seed 7."
    )


def test_of_many_sources_three_are_named():
    many = GIVEN | {"sources": [{"path": f"{i}.csv", "sha256": "00"} for i in range(5)]}
    assert "2.csv (SHA-256 00) and 2 more; " in citation(many)
    assert "3.csv" not in citation(many)
    assert "0.csv, 1.csv, 2.csv and 2 more" in bibtex(many)


@pytest.mark.parametrize("write", [citation, bibtex])
def test_without_sources_options_or_seed(write):
    text = write({"farmgraph": None, "sources": None, "options": None, "seed": None})
    assert "unknown version" in text
    assert "a log" in text


def test_bibtex_has_one_entry_for_farmgraph_and_one_for_the_report():
    software, report = entries(bibtex(GIVEN))
    assert software[:2] == ("software", "farmgraph-0.1.0")
    assert software[2]["version"] == "0.1.0"
    assert report[0] == "misc"
    assert report[2] == {
        "title": "{farmgraph report on likes.csv}",
        "howpublished": "HTML file made by farmgraph 0.1.0",
        "note": rf"Input: likes.csv (SHA-256 {HASH}). Options: draws 999, q 0.05, seed 7.",
    }
    assert not re.search(r"\b20\d\d\b", bibtex(GIVEN))


def test_the_key_stands_for_inputs_options_and_seed():
    def key(**changed):
        return entries(bibtex(GIVEN | changed))[1][1]

    assert key() == key()
    assert key(sources=[{"path": "moved/likes.csv", "sha256": HASH}]) == key()
    others = [
        key(seed=8),
        key(options={"q": 0.1}),
        key(farmgraph="0.2.0"),
        key(sources=[{"path": "exports/likes.csv", "sha256": HASH[::-1]}]),
    ]
    assert len({key(), *others}) == 5


def test_special_characters_are_escaped():
    text = bibtex(GIVEN | {"sources": [{"path": "{a}%b#c$d&e_f~g^h", "sha256": "00"}]})
    assert entries(text)[1][2]["title"] == (
        r"{farmgraph report on \textbraceleft{}a\textbraceright{}\%b\#c\$d\&e\_f\textasciitilde{}g\textasciicircum{}h}"
    )
    # A backslash parts folders, of which nothing is said; elsewhere it is a letter like others.
    text = bibtex(GIVEN | {"sources": [{"path": "a\\b", "sha256": "00"}], "options": {"q": "c\\d"}})
    note = entries(text)[1][2]["note"]
    assert note.startswith("Input: b (SHA-256 00)")
    assert r"q c\textbackslash{}d" in note


@pytest.mark.parametrize(
    "name", [*HOSTILE, "}", "{", "\\", "\\}", "}}\n@misc{x,", "\\input{/etc/passwd}", "%", "a,b = c"]
)
def test_hostile_names_are_inert(name):
    source = {"path": name, "sha256": name}
    text = bibtex({"farmgraph": name, "sources": [source], "options": {name: name}, "seed": name})
    found = entries(text)
    assert [entry[0] for entry in found] == ["software", "misc"]
    assert [set(entry[2]) for entry in found] == [
        {"author", "title", "version", "license"},
        {"title", "howpublished", "note"},
    ]
    for _, _, fields in found:
        for field, value in fields.items():
            inner = value[1:-1] if field in ("author", "title") else value
            assert not set(ESCAPES.sub("", inner)) & set("{}\\%#$&_~^\n\r")
    assert "\n" not in citation(
        {"farmgraph": name, "sources": [source], "options": {name: name}, "seed": name}
    )
