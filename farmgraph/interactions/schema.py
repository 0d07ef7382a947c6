"""Names, dtypes and units of the tables that hold interactions.

One interaction is one account acting on one content at one time. These names are
used unchanged in code, columns, command-line options, the report and the notebooks.
"""

import numpy as np
import pyarrow as pa

ROLES = ("account", "content", "time", "action")
"""What a column of a log can stand for."""

NO_TIME = int(np.iinfo(np.int64).max)
"""Stands for a missing time wherever times are int64 microseconds; sorts last."""

MICROSECONDS = 1_000_000
"""Microseconds in a second: times and windows are int64 microseconds inside."""

INTERACTIONS_SCHEMA = pa.schema(
    [
        pa.field("account", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("content", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC")),
        pa.field("action", pa.dictionary(pa.int32(), pa.string())),
        pa.field("source", pa.dictionary(pa.int32(), pa.string()), nullable=False),
        pa.field("line", pa.int64(), nullable=False),
    ]
)
"""Columns of every log that was read; columns kept on request follow them."""

REJECTED_COLUMNS = ("source", "line", "reason", "raw_text")
"""Columns of the table of rows that were not used."""
