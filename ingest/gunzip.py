"""Unpack gzip from strangers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

_GZIP = b"\x1f\x8b"


def gunzip(chunks: Iterable[bytes], limit: int) -> bytes:
    """Unpack gzip, and stop one byte after the limit, however well it was packed.

    Raises OverflowError past the limit, EOFError where the end is missing, zlib.error where
    it is not gzip.
    """
    unpacked = bytearray()
    member = zlib.decompressobj(wbits=31)
    whole = True
    for chunk in chunks:
        rest = chunk
        while rest:
            unpacked += member.decompress(rest, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                raise OverflowError
            whole, rest = member.eof, member.unused_data
            if rest[:2] != _GZIP:
                break
            member = zlib.decompressobj(wbits=31)
    if not whole:
        raise EOFError
    return bytes(unpacked)
