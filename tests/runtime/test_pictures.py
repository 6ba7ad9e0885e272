"""Pictures of every kind, as a captioning model reads them."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer.errors import InputError
from explorer.runtime import card
from explorer.runtime.pictures import fitted, picture_source, read_picture
from explorer.runtime.trace import Array, Source

WANTED = card.Image(height=32, width=32, rows=4, columns=4)
RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(size: tuple[int, int] = (40, 40), mode: str = "RGB") -> Image.Image:
    """Red above, blue below."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    return image.convert(mode)


def pixels(source: Source) -> Array:
    assert source.picture is not None
    return source.picture.pixels


def save(path: Path, image: Image.Image, **options: object) -> str:
    image.save(path, **options)  # type: ignore[arg-type]
    return str(path)


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "bmp", "webp", "tiff", "ppm"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    source = read_picture(save(tmp_path / f"a.{suffix}", halves()), WANTED)
    planes = pixels(source)
    assert planes.shape == (3, 32, 32)
    assert planes.dtype == np.float32
    assert planes[0, :14].min() > 0.9  # red above
    assert planes[2, 18:].min() > 0.9  # blue below
    assert not planes.flags.writeable


@pytest.mark.parametrize("mode", ["RGB", "P", "RGBA", "CMYK", "YCbCr"])
def test_modes_with_colour(mode: str) -> None:
    planes = pixels(picture_source("a", fitted(halves(mode=mode), 32, 32), WANTED))
    assert planes[0, :14].min() > 0.9
    assert planes[0, 18:].max() < 0.1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I", "F"])
def test_modes_without_colour(mode: str) -> None:
    grey = Image.new("L", (40, 40), 0)
    grey.paste(255, (0, 20, 40, 40))
    planes = pixels(picture_source("a", fitted(grey.convert(mode), 32, 32), WANTED))
    assert planes[:, :14].max() < 0.05
    assert planes[:, 18:].min() > 0.95


def test_sixteen_bits_keep_their_shades(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 32, dtype=np.uint16)
    image = Image.fromarray(np.tile(values, (32, 1)))
    row = pixels(read_picture(save(tmp_path / "deep.png", image), WANTED))[0, 5]
    np.testing.assert_allclose(row, np.linspace(0, 1, 32), atol=1 / 255)


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    image = halves(mode="RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert pixels(read_picture(save(tmp_path / "clear.png", image), WANTED)).min() == 1.0
    half = halves(mode="RGBA")
    half.putalpha(Image.new("L", half.size, 128))
    top = pixels(read_picture(save(tmp_path / "half.png", half), WANTED))[:, 2, 2]
    np.testing.assert_allclose(top, [1.0, 0.5, 0.5], atol=0.01)


def test_a_transparent_colour_of_a_palette_is_white(tmp_path: Path) -> None:
    image = Image.new("P", (40, 40), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    assert pixels(read_picture(save(tmp_path / "p.png", image, transparency=0), WANTED)).min() == 1.0


def test_exif_orientation_is_followed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    planes = pixels(read_picture(save(tmp_path / "turned.png", halves(), exif=exif), WANTED))
    assert planes[2, :14].min() > 0.9  # blue is above now


def test_the_middle_is_cropped(tmp_path: Path) -> None:
    wide = Image.new("RGB", (120, 40), BLUE)
    wide.paste(RED, (40, 0, 80, 40))
    planes = pixels(read_picture(save(tmp_path / "wide.png", wide), WANTED))
    assert planes[0].min() > 0.9


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["RGB", "L", "RGBA", "P"]))
def test_any_size_becomes_the_models(width: int, height: int, mode: str) -> None:
    wanted = card.Image(height=24, width=36, rows=2, columns=3)
    source = picture_source("a", fitted(Image.new(mode, (width, height), 77), 36, 24), wanted)
    assert pixels(source).shape == (3, 24, 36)
    assert len(source) == 6
    assert 0.0 <= pixels(source).min() <= pixels(source).max() <= 1.0


def test_a_source_of_cells(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", halves())
    source = read_picture(path, WANTED)
    assert source.text == path
    assert source.labels[:5] == ("1,1", "1,2", "1,3", "1,4", "2,1")
    assert source.labels[-1] == "4,4"
    assert source.ids == tuple(range(16))
    assert source == read_picture(path, WANTED)
    other = read_picture(save(tmp_path / "b.png", halves((41, 43)).rotate(90)), WANTED)
    assert source.picture != other.picture


def test_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in (RED, BLUE)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert pixels(read_picture(str(tmp_path / "a.gif"), WANTED))[0].min() > 0.9


def complaint(name: str) -> str:
    with pytest.raises(InputError) as caught:
        read_picture(name, WANTED)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_what_is_no_file(tmp_path: Path) -> None:
    assert complaint(str(tmp_path / "none.png")).endswith("none.png: there is no such file")
    assert complaint(str(tmp_path)).endswith("cannot be read: Is a directory")
    assert "not a regular file" in complaint("/dev/null")
    (tmp_path / "empty.png").touch()
    assert complaint(str(tmp_path / "empty.png")).endswith("the file is empty")
    assert "cannot be read" in complaint("a\0b.png")


def test_what_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("no picture at all, although its name says so\n")
    assert complaint(str(path)).endswith("notes.jpg: not a picture of a known format")
    script = tmp_path / "a.eps"
    script.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")
    assert "drawn by other programs" in complaint(str(script))


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif"])
def test_what_is_truncated(tmp_path: Path, suffix: str) -> None:
    noise = Image.fromarray(np.random.default_rng(3).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    noise.save(tmp_path / f"whole.{suffix}")
    data = (tmp_path / f"whole.{suffix}").read_bytes()
    (tmp_path / f"cut.{suffix}").write_bytes(data[: len(data) // 2])
    message = complaint(str(tmp_path / f"cut.{suffix}"))
    assert f"cut.{suffix}: " in message
    assert "truncated" in message or "cannot be read as a picture" in message


def huge_png(width: int, height: int) -> bytes:
    """The head of a PNG that would unpack to gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (11_000, 11_000)])
def test_a_decompression_bomb(tmp_path: Path, width: int, height: int) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(huge_png(width, height))
    assert "too large a picture" in complaint(str(path))


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "a.png"


@given(noise=st.binary(max_size=200), place=st.integers(0, 60))
def test_damage_is_an_error_of_ours(damaged: Path, noise: bytes, place: int) -> None:
    buffer = io.BytesIO()
    halves().save(buffer, format="PNG")
    data = bytearray(buffer.getvalue())
    data[place : place + len(noise)] = noise
    damaged.write_bytes(bytes(data))
    try:
        source = read_picture(str(damaged), WANTED)
    except InputError as error:
        said = str(error)
    else:
        said = ""
        assert len(source) == 16
    assert "\n" not in said


@pytest.mark.parametrize("name", ["scene:", "scene:-1", "scene:x", "scene:99999999999", "scene:²"])
def test_a_scene_has_a_seed(name: str) -> None:
    assert "a scene's seed is a whole number from 0" in complaint(name)
