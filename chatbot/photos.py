"""Take a picture in: told by its content, small enough, and without where and by whom it was taken.

A telephone writes the place, the time and its own number into a picture. The picture is decoded
and written anew, so that nothing but what can be seen is kept.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageOps, UnidentifiedImageError

Why = Literal["empty", "too_large", "not_a_picture", "too_many_pixels", "broken"]

MOST_BYTES = 10_000_000
MOST_PIXELS = 50_000_000
# Enough to see a pothole by; a telephone's twelve million pixels are four times that.
LONGEST_SIDE = 2_000
_QUALITY = 85
_FORMATS = ("JPEG", "PNG", "WEBP")


class NotAPhoto(Exception):
    """A file cannot be taken in as a picture."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that can be kept: JPEG, or PNG where it is drawn or has gaps to see through."""

    media_type: str
    data: bytes
    width: int
    height: int


def take_in(data: bytes, *, most_bytes: int = MOST_BYTES, most_pixels: int = MOST_PIXELS) -> Photo:
    """Check a JPEG, PNG or WebP picture and write it anew, upright, without metadata.

    Raises NotAPhoto. Costs up to a second of a processor, and 4 bytes a pixel.
    """
    if not data:
        raise NotAPhoto("empty")
    if len(data) > most_bytes:
        raise NotAPhoto("too_large")
    with warnings.catch_warnings():
        # Pillow warns of bombs by a limit of its own; ours is checked before anything is unpacked.
        warnings.simplefilter("ignore")
        return _taken_in(data, most_pixels)


def _taken_in(data: bytes, most_pixels: int) -> Photo:
    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise NotAPhoto("not_a_picture") from error
    except Exception as error:
        raise NotAPhoto("broken") from error
    with picture:
        if picture.width * picture.height > most_pixels:
            raise NotAPhoto("too_many_pixels")
        try:
            return _written_anew(picture)
        except Exception as error:
            # A decoder meets hostile bytes with errors of many kinds.
            raise NotAPhoto("broken") from error


def _written_anew(picture: Image.Image) -> Photo:
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(picture)
    as_png = picture.format == "PNG" or upright.has_transparency_data
    plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new picture of the same pixels: what Pillow keeps beside them is not copied.
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)
    written = io.BytesIO()
    if as_png:
        bare.save(written, "PNG", optimize=False)
    else:
        bare.save(written, "JPEG", quality=_QUALITY)
    return Photo(
        "image/png" if as_png else "image/jpeg", written.getvalue(), bare.width, bare.height
    )
