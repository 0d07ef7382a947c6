"""Names of contents as tests make them comparable."""

import pyarrow as pa
from hypothesis import HealthCheck, settings

from farmgraph.interactions.contentkeys import normalised

QUICK = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def made(rule, *names):
    return normalised(pa.array(names, pa.string()), rule=rule).to_pylist()


def lower(text):
    """Lower each letter by itself: Python's own lower looks at where a sigma stands."""
    return "".join(letter.lower() for letter in text)
