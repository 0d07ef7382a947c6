"""Whether two readings are the same."""

from dataclasses import fields

import pandas as pd

from farmgraph.interactions.table import Interactions


def assert_same_log(one: Interactions, other: Interactions) -> None:
    """Compare every attribute."""
    assert one.table.schema.equals(other.table.schema, check_metadata=True)
    assert one.table.to_pylist() == other.table.to_pylist()
    for name in ("account", "content", "action", "source"):
        ours, theirs = (log.table[name].combine_chunks().dictionary.to_pylist() for log in (one, other))
        assert ours == theirs, name
    pd.testing.assert_frame_equal(one.rejected, other.rejected)
    for field in fields(Interactions):
        if field.name not in ("table", "rejected"):
            assert getattr(one, field.name) == getattr(other, field.name), field.name
