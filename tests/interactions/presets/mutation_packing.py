"""How a whole file is encoded, packed and called, and how that goes wrong."""

import codecs
import gzip
import io
import random
import zipfile

from interactions.presets.mutation_account import Draft

ENCODINGS = ("utf-8-sig", "utf-16-le-mark", "utf-16-be-mark", "latin-1")
PACKINGS = ("gzip", "zip", "gzip-cut", "zip-damaged")


def no_suffix(draft: Draft, rng: random.Random) -> bool:
    """Call the file something that tells nothing; then its first character tells what it is."""
    if draft.kind == "parquet" or not draft.pieces or not draft.render()[:1].isascii():
        return False
    draft.name = draft.name.partition(".")[0]
    draft.bent = draft.bent or not draft.whole or (draft.kind == "lines" and draft.pieces[0].origin < 0)
    return True


def encoded(draft: Draft, data: bytes, encoding: str) -> bytes:
    if encoding == "utf-8-sig":
        return codecs.BOM_UTF8 + data
    text = data.decode("utf-8", "replace")
    if encoding == "latin-1":
        # One byte for each letter: what is not ASCII is another name now, or none.
        for i, piece in enumerate(draft.pieces):
            if not piece.raw.isascii():
                draft.touch(i, piece.raw)
        draft.whole = draft.whole and draft.prefix.isascii()
        return text.encode("latin-1", "replace")
    little = "le" in encoding
    mark = codecs.BOM_UTF16_LE if little else codecs.BOM_UTF16_BE
    return mark + text.encode("utf-16-le" if little else "utf-16-be", "replace")


def packed(filename: str, data: bytes, packing: str, rng: random.Random) -> tuple[str, bytes]:
    if packing.startswith("gzip"):
        data = gzip.compress(data, mtime=0, compresslevel=1)
        if packing == "gzip-cut":
            data = data[: rng.randrange(1, len(data))]
        return filename + ".gz", data
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(filename, (2024, 1, 1, 0, 0, 0)), data)
    data = out.getvalue()
    if packing == "zip-damaged":
        at = rng.randrange(len(data))
        data = data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1 :]
    return filename + ".zip", data
