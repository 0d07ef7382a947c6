"""What is said of presets is true of all of them: README, fixtures, names."""

import re
from pathlib import Path

import farmgraph as fg
from farmgraph.interactions.presets import missing_marks

ROOT = Path(__file__).parents[3]
FIXTURES = Path(__file__).parent / "fixtures"


def test_readme_lists_every_preset():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.split("| export | preset | actions |")[1].split("\n\n")[0]
    assert set(re.findall(r"`([a-z0-9-]+)`", table)) == set(fg.presets())


def test_every_preset_has_a_fixture_that_is_recognised_as_it():
    # page-likes without a further column is no format of its own, so its fixture has one.
    assert {fg.read(path).preset for path in FIXTURES.iterdir()} == set(fg.presets())


def test_names_and_actions_are_words():
    for name, preset in fg.presets().items():
        assert name == preset.name
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        assert preset.json or preset.table
        assert preset.about.endswith(".")
        assert all(re.fullmatch("[a-z]+", act.action) for act in preset.acts)


def test_a_plain_log_is_no_known_format():
    for preset in fg.presets().values():
        assert missing_marks(preset, {"user", "page", "time", "id", "text", "type", "url", "date", "action"})
