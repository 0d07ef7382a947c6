"""Parquet files: written in all the ways that mean the same, and damaged."""

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
from interactions.presets.mutation_account import Mutated
from interactions.presets.mutation_originals import COLUMNS, PLAIN, Original


def mutated_parquet(original: Original, seed: int, rng: random.Random) -> Mutated:
    """Damage a Parquet file: its columns and types keep their meaning, its bytes have a checksum's worth of luck."""
    order = list(range(len(PLAIN)))
    done = []
    whole = True
    exact = True
    if rng.random() < 0.5:
        done.append("swap_lines")
        rng.shuffle(order)
    if rng.random() < 0.3:
        done.append("delete_lines")
        order = order[1:]
    rows = [PLAIN[i] for i in order]
    columns = {name: pa.array([row[k] for row in rows]) for k, name in enumerate(COLUMNS)}
    if rng.random() < 0.4:
        done.append("further_fields")
        columns["x"] = pa.array([[1, None]] * len(rows), pa.list_(pa.int64()))
    if rng.random() < 0.4:
        done.append("parquet-types")
        for name in ("user", "page", "action"):
            kind = rng.choice([pa.large_string(), pa.string(), pa.binary(), None])
            columns[name] = columns[name].cast(kind) if kind else columns[name].dictionary_encode()
    names = list(columns)
    if rng.random() < 0.4:
        done.append("reordered_columns")
        rng.shuffle(names)
    table = pa.table({name: columns[name] for name in names})
    out = io.BytesIO()
    pq.write_table(
        table,
        out,
        row_group_size=rng.choice([1, 3, 100]),
        compression=rng.choice(["snappy", "gzip", "none", "zstd"]),
    )
    data = out.getvalue()
    damage = rng.choice(["", "", "flip_bytes", "truncate", "delete_bytes", "insert_bytes"])
    if damage:
        done.append(damage)
        whole = exact = False
        at = rng.randrange(len(data))
        if damage == "truncate":
            data = data[:at]
        else:
            put = {"flip_bytes": bytes([data[at] ^ rng.randrange(1, 256)]), "delete_bytes": b""}
            data = data[:at] + put.get(damage, rng.randbytes(3)) + data[at + (damage != "insert_bytes") :]
    return Mutated(
        original,
        seed,
        tuple(done) or ("parquet-settings",),
        original.name,
        data,
        must_read=whole,
        survivors=tuple(order),
        spare=0,
        exact=exact,
    )
