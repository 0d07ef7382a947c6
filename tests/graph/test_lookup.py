"""Names back to codes, also where hashes collide."""

from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmgraph.errors import InputError
from farmgraph.graph.lookup import codes_of, name_index
from farmgraph.interactions.names import Texts

NAMES = st.lists(st.text(max_size=12), min_size=1, max_size=30, unique=True)


@settings(deadline=None)
@given(NAMES, st.data())
def test_every_name_is_found_at_its_place(names, data):
    asked = data.draw(st.lists(st.sampled_from(names), max_size=40))
    found = codes_of(asked, name_index(pa.array(names, pa.string())), "account")
    assert found.dtype == np.int32
    assert found.tolist() == [names.index(name) for name in asked]


@settings(deadline=None)
@given(NAMES)
def test_names_of_one_hash_stay_apart(names):
    with patch.object(Texts, "hashes", lambda texts: np.zeros(len(texts.begin), np.uint64)):
        found = codes_of(names[::-1], name_index(pa.array(names, pa.string())), "account")
    assert found.tolist() == list(range(len(names)))[::-1]


def test_unknown_names_are_counted_and_the_first_is_named():
    with pytest.raises(InputError, match=r"2 content\(s\) are not in the graph, the first is 'x'"):
        codes_of(["p", "x", "y"], name_index(pa.array(["p", "q"])), "content")
