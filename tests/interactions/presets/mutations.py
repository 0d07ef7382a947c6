"""Logs damaged in known ways, and what must still be read of them.

A file is a function of (original, seed): `mutated` splits the original into records with means of its own,
lets one to four mutators at it, and keeps account of which records nobody touched. From that account, and
never from the product, follows the claim that `check` holds the reader to:

* weak, of any file: nothing but InputError or UsageError leaves `read`; rows used and rejected are all rows;
  no name is empty or has a NUL in it; two readings are the same;
* strong, where the structure (header, brackets) is whole and at least half of the records are untouched: the
  file is read, and the interactions of every untouched record are those of the unmutated file, once each.

Here mutators are chosen and applied. The originals are in mutation_originals.py, the account and the claim in
mutation_account.py, the mutators in mutation_text.py, mutation_values.py, mutation_layout.py,
mutation_packing.py and mutation_parquet.py, and the checks in mutation_checks.py.
"""

import random
from collections.abc import Callable

from interactions.presets import mutation_layout as layout
from interactions.presets import mutation_text as text
from interactions.presets import mutation_values as values
from interactions.presets.mutation_account import Draft, Mutated, Piece, claim
from interactions.presets.mutation_originals import Original
from interactions.presets.mutation_packing import ENCODINGS, PACKINGS, encoded, no_suffix, packed
from interactions.presets.mutation_parquet import mutated_parquet

# What works on the meaning comes before what works on bytes, or it would find nothing to work on.
STAGES: tuple[tuple[Callable[[Draft, random.Random], bool], ...], ...] = (
    (
        layout.other_form,
        layout.other_delimiter,
        layout.reordered_columns,
        layout.further_fields,
        layout.quoted_all,
        layout.duplicate_header,
    ),
    (
        text.delete_lines,
        text.duplicate_lines,
        text.swap_lines,
        values.whole_ids,
        layout.deep_nesting,
        layout.concatenated,
        text.line_ends,
        text.no_last_line_end,
    ),
    (
        values.empty_cell,
        values.odd_time,
        values.odd_id,
        values.huge_cell,
        values.embedded_newlines,
        values.confused_types,
        layout.duplicate_keys,
    ),
    (
        text.blank_lines,
        text.blank_ends,
        layout.ragged_rows,
        layout.trailing_comma,
        text.unbalance_quotes,
        text.punctuation,
        text.flip_bytes,
        text.insert_bytes,
        text.delete_bytes,
        text.insert_nul,
        text.mark_in_the_middle,
        text.truncate,
        text.truncate_in_character,
        no_suffix,
    ),
)
MUTATORS = {mutator.__name__: (stage, mutator) for stage, group in enumerate(STAGES) for mutator in group}
ALL_NAMES = (*MUTATORS, *ENCODINGS, *PACKINGS)


def mutated(original: Original, seed: int, *, huge: int = 1 << 20) -> Mutated:
    """Damage a log; the same original and seed make the same file."""
    rng = random.Random(f"{original.name} {seed}")
    if original.kind == "parquet":
        return mutated_parquet(original, seed, rng)
    draft = Draft(
        original.name,
        original.kind,
        original.prefix,
        [Piece(raw, i) for i, raw in enumerate(original.records)],
        original.sep,
        original.suffix,
        delimiter="\t" if original.name.endswith(".tsv") else ",",
        huge=huge,
    )
    chosen = rng.sample(ALL_NAMES, rng.randrange(1, 5))
    # A megabyte takes its time: rarer than the rest.
    chosen = [name for name in chosen if name != "huge_cell" or rng.random() < 0.4] or ["flip_bytes"]
    done = []
    for name in sorted((n for n in chosen if n in MUTATORS), key=lambda n: MUTATORS[n][0]):
        if MUTATORS[name][1](draft, rng):
            done.append(name)
    packing = next((name for name in chosen if name in PACKINGS), "")
    encoding = next((name for name in chosen if name in ENCODINGS), "")
    data = draft.render()
    if encoding:
        done.append(encoding)
        data = encoded(draft, data, encoding)
    filename = draft.name
    broken = False
    if packing:
        done.append(packing)
        broken = packing not in ("gzip", "zip")
        filename, data = packed(filename, data, packing, rng)
    return claim(original, seed, tuple(done), draft, filename, data, broken=broken)
