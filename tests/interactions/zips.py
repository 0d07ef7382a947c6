"""ZIP archives for tests, made as they are written and read as farmgraph reads them."""

import io
import stat
import zipfile

from farmgraph.interactions.sources import kind_of, plain_bytes

LOG = b"user,page,time\na,p,1\nb,,2\n"


def zip_of(files, *, method=zipfile.ZIP_DEFLATED):
    """Make an archive of (name or ZipInfo, bytes); names are written as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            if isinstance(name, str):
                # With a date of its own, so that the bytes are always the same.
                name = zipfile.ZipInfo(name)
                name.compress_type = method
            archive.writestr(name, data)
    return out.getvalue()


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def text_of(item, **options):
    _, compression = kind_of(item)
    with plain_bytes(item, compression, **options) as data:
        return bytes(data)
