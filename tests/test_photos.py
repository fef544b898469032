"""A picture comes in as what can be seen, and nothing else."""

from __future__ import annotations

import io
import random
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import Engine

from api.database import open_engine, upgrade
from chatbot.photos import LONGEST_SIDE, NotAPhoto, take_in
from chatbot.records import Cases, Conversations
from chatbot.records.uploads import TooManyUploads, Uploads
from tests.test_case_records import COUNCIL, a_case

CANARY = "CANARY-51.5N-0.1W"


def a_picture(form: str, size: tuple[int, int] = (60, 40), mode: str = "RGB") -> bytes:
    """A picture whose left half is red, with all the metadata that its form can hold."""
    picture = Image.new(mode, size, "white")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010E] = exif[0x010F] = exif[0x013B] = CANARY
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[29] = CANARY
    more: dict[str, object] = {"exif": exif}
    if form == "JPEG":
        more |= {"comment": CANARY.encode(), "icc_profile": CANARY.encode() * 20}
        more["xmp"] = CANARY.encode()
    if form == "WEBP":
        more |= {"xmp": CANARY.encode(), "icc_profile": CANARY.encode() * 20}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", CANARY)
        text.add_itxt("XML:com.adobe.xmp", CANARY)
        more["pnginfo"] = text
    out = io.BytesIO()
    picture.save(out, form, **more)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_nothing_that_cannot_be_seen_is_kept(form: str) -> None:
    before = a_picture(form)
    assert CANARY.encode() in before
    photo = take_in(before)
    assert CANARY.encode() not in photo.data
    with Image.open(io.BytesIO(photo.data)) as kept:
        assert kept.get_format_mimetype() == photo.media_type
        assert not kept.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp", "Author"} & kept.info.keys()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_was_taken_upright_stands_upright(form: str) -> None:
    photo = take_in(a_picture(form))
    assert (photo.width, photo.height) == (40, 60)
    with Image.open(io.BytesIO(photo.data)) as kept:
        top, bottom = (kept.convert("RGB").getpixel((20, y)) for y in (5, 55))
    assert isinstance(top, tuple) and top[1] < 60
    assert isinstance(bottom, tuple) and bottom[1] > 200


def test_what_comes_after_the_picture_in_its_file_is_gone() -> None:
    photo = take_in(a_picture("JPEG") + b"PK\x03\x04" + CANARY.encode())
    assert CANARY.encode() not in photo.data


def test_a_large_picture_is_made_smaller() -> None:
    photo = take_in(a_picture("JPEG", (4_000, 3_000)))
    assert max(photo.width, photo.height) == LONGEST_SIDE
    assert len(photo.data) < 500_000


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "I;16", "1"])
def test_every_kind_of_pixel_can_be_taken_in(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (20, 10)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    photo = take_in(out.getvalue())
    assert (photo.width, photo.height) == (20, 10)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PDF", "ICO"])
def test_other_kinds_are_refused_whatever_they_are_called(form: str) -> None:
    out = io.BytesIO()
    Image.new("RGB", (10, 10)).save(out, form)
    with pytest.raises(NotAPhoto, match="not_a_picture"):
        take_in(out.getvalue())


@pytest.mark.parametrize(
    "data", [b"<svg onload=alert(1)>", b"<html>", b"%!PS\n", b"\x00" * 100, b"\xff\xd8\xff"]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPhoto):
        take_in(data)


def test_empty_and_too_large_are_said() -> None:
    with pytest.raises(NotAPhoto, match="empty"):
        take_in(b"")
    with pytest.raises(NotAPhoto, match="too_large"):
        take_in(a_picture("JPEG"), most_bytes=100)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    png += struct.pack(">I", zlib.crc32(chunk))
    idat = b"IDAT" + zlib.compress(b"\x00" * 1_000_000)
    png += struct.pack(">I", len(idat) - 4) + idat + struct.pack(">I", zlib.crc32(idat))
    with pytest.raises(NotAPhoto, match=r"too_many_pixels|broken"):
        take_in(png)
    with pytest.raises(NotAPhoto, match="too_many_pixels"):
        take_in(a_picture("PNG"), most_pixels=1_000)


def test_broken_pictures_are_refused_or_taken_in_and_never_a_fault() -> None:
    chance = random.Random(20261124)
    whole = {form: a_picture(form) for form in ("JPEG", "PNG", "WEBP")}
    for _ in range(300):
        data = bytearray(whole[chance.choice(list(whole))])
        for _ in range(chance.randint(1, 30)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        with suppress(NotAPhoto):
            assert CANARY.encode() not in take_in(bytes(data)).data


# Kept


def test_a_picture_comes_back_to_its_own_conversation_only(engine: Engine) -> None:
    records, uploads = Conversations(engine), Uploads(engine)
    mine, other = (records.begin(COUNCIL, "en").conversation for _ in range(2))
    id = uploads.put(mine, "image/png", b"png")
    found = uploads.get(mine, id)
    assert found and (found.media_type, found.data) == ("image/png", b"png")
    assert uploads.get(other, id) is None
    for wrong in ("", "x", "\x00", "\ud83d"):
        assert uploads.get(mine, wrong) is None
    assert not uploads.drop(other, id)
    assert uploads.drop(mine, id)
    assert uploads.get(mine, id) is None


def test_a_picture_in_a_case_is_for_staff_and_cannot_be_dropped(engine: Engine) -> None:
    records, uploads, cases = Conversations(engine), Uploads(engine), Cases(engine)
    conversation = records.begin(COUNCIL, "en").conversation
    id = uploads.put(conversation, "image/png", b"png")
    case = cases.open(a_case(conversation=conversation.id, details={"photo": id}))
    other = cases.open(a_case("other"))
    assert not uploads.drop(conversation, id)
    records.erase(conversation)
    found = uploads.of_case(COUNCIL, case.reference, id)
    assert found and found.data == b"png"
    assert uploads.of_case(COUNCIL, other.reference, id) is None
    assert uploads.of_case("otherton", case.reference, id) is None


def test_a_conversation_can_not_fill_the_disk(engine: Engine) -> None:
    uploads = Uploads(engine, most=3)
    conversation = Conversations(engine).begin(COUNCIL, "en").conversation
    kept = [uploads.put(conversation, "image/png", b"png") for _ in range(3)]
    with pytest.raises(TooManyUploads):
        uploads.put(conversation, "image/png", b"png")
    uploads.drop(conversation, kept[0])
    assert uploads.put(conversation, "image/png", b"png")


def test_a_picture_is_told_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "name.exe").write_bytes(a_picture("JPEG"))
    assert take_in((tmp_path / "name.exe").read_bytes()).media_type == "image/jpeg"


@pytest.mark.postgresql
@pytest.mark.slow
def test_postgresql_keeps_pictures_too(postgresql: str) -> None:
    engine = open_engine(postgresql)
    upgrade(engine)
    test_a_picture_comes_back_to_its_own_conversation_only(engine)
    test_a_conversation_can_not_fill_the_disk(engine)
    conversation = Conversations(engine).begin(COUNCIL, "en").conversation
    photo = take_in(a_picture("PNG"))
    found = Uploads(engine).get(
        conversation, Uploads(engine).put(conversation, photo.media_type, photo.data)
    )
    assert found and found.data == photo.data
    engine.dispose()
