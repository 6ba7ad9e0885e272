"""Reading pictures: files of any kind that Pillow reads, scenes and drawings, as what a captioning model takes."""

from __future__ import annotations

import hashlib
import os
import stat
import warnings
from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import InputError
from explorer.runtime import card
from explorer.runtime.frozen import frozen
from explorer.runtime.labels import printable
from explorer.runtime.trace import Array, Picture, Source

if TYPE_CHECKING:
    from PIL import Image

SCENE, DRAWING = "scene:", "drawing:"
"""What the name of a drawn scene begins with, its seed follows; and that of a drawing."""
SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".jfif", ".jpeg", ".jpg", ".png", ".ppm", ".tga", ".tif", ".tiff", ".webp"}
)
"""What the names of picture files end with; one of another name is read as well, where a picture is asked for."""
GREATEST_SEED = 2**31 - 1
LARGEST_BYTES = 256 * 1024 * 1024
MOST_PIXELS = 100_000_000
"""Limits of a picture's file and of its size, before anything of it is unpacked."""
_PROGRAMS = frozenset({"EPS", "WMF"})
"""Formats that other programs would have to draw."""
_BACKGROUND = (255, 255, 255)
"""What shows through where a picture is transparent."""


def names_picture(text: str) -> bool:
    """Return whether a text that may be a sentence is rather the name of a picture."""
    drawn = text.startswith((SCENE, DRAWING)) and " " not in text
    return drawn or (os.path.splitext(text)[1].lower() in SUFFIXES and os.path.isfile(text))


def read_picture(name: str, wanted: card.Image) -> Source:
    """Read a picture file, or draw a scene.

    The picture is turned upright as its EXIF orientation says, laid on white where it is transparent, cropped around
    its centre to the model's proportions, and scaled to the model's size. Of an animation the first frame is read.

    Args:
        name: A file, ``scene:N`` for the scene of seed N, or ``drawing:NAME``; ``./scene:N`` asks for a file.
        wanted: The size that the model reads, and its cells.

    Raises:
        InputError: There is no such file, it is no picture, damaged, or too large.
    """
    drawn = draw(name, max(wanted.width, wanted.height))
    image = _opened(name) if drawn is None else drawn
    return picture_source(name, fitted(image, wanted.width, wanted.height), wanted)


def picture_source(name: str, image: Image.Image, wanted: card.Image) -> Source:
    """Return an RGB image of the model's size as a source."""
    pixels = np.asarray(image, dtype=np.uint8)  # (height, width, 3)
    checksum = hashlib.sha256(pixels.tobytes()).hexdigest()[:16]
    places = [f"{row + 1},{column + 1}" for row in range(wanted.rows) for column in range(wanted.columns)]
    picture = Picture(checksum, wanted.rows, wanted.columns, frozen(_as_planes(pixels)))
    cells = tuple(range(wanted.cells))
    return Source(printable(name), cells, tuple(places), tuple(places), cells, picture)


def draw(name: str, size: int) -> Image.Image | None:
    """Draw the scene or the drawing that a name stands for; None for any other name.

    Raises:
        InputError: What follows ``scene:`` is not a seed, or what follows ``drawing:`` no drawing.
    """
    if name.startswith(SCENE):
        digits = name.removeprefix(SCENE)
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 10 or int(digits) > GREATEST_SEED:
            raise InputError(f"{printable(name)[:80]}: a scene's seed is a whole number from 0 to {GREATEST_SEED}")
        from explorer.scenes.draw import draw as draw_scene
        from explorer.scenes.generate import scene_of

        return draw_scene(scene_of(int(digits)), size)
    if name.startswith(DRAWING):
        from explorer.scenes.drawings import DRAWINGS, drawing

        title = name.removeprefix(DRAWING)
        if title not in DRAWINGS:
            raise InputError(f"{printable(name)[:80]}: no such drawing; there is: {', '.join(DRAWINGS)}")
        return drawing(title, size)
    return None


def fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    """Return an image in RGB, cropped around its centre and scaled to a size."""
    from PIL import Image, ImageOps

    upright = _in_color(ImageOps.exif_transpose(image))
    if upright.size == (width, height):
        return upright
    return ImageOps.fit(upright, (width, height), method=Image.Resampling.LANCZOS)


def _opened(name: str) -> Image.Image:
    """Open a file and unpack its first frame."""
    from PIL import Image, UnidentifiedImageError

    place = printable(name) or "a file without a name"
    try:
        with open(name, "rb") as file, warnings.catch_warnings():
            _check_file(place, os.fstat(file.fileno()))
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file)
            _check_image(place, image)
            image.load()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{place}: there is no such file") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(f"{place}: too large a picture; the limit is {MOST_PIXELS // 1_000_000} million pixels") from (
            error
        )
    except UnidentifiedImageError as error:
        raise InputError(f"{place}: not a picture of a known format") from error
    except OSError as error:
        if error.errno is not None:
            raise InputError(f"{place} cannot be read: {error.strerror}") from error
        raise InputError(f"{place}: truncated or damaged ({_first_line(error)})") from error
    except (ValueError, SyntaxError, TypeError, KeyError, IndexError, ArithmeticError, AttributeError) as error:
        # Pillow's readers raise what their format stumbles over; a NUL in the name is a ValueError, too.
        raise InputError(f"{place}: cannot be read as a picture ({_first_line(error)})") from error
    return image


def _check_file(place: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise InputError(f"{place}: not a regular file")
    if not status.st_size:
        raise InputError(f"{place}: the file is empty")
    if status.st_size > LARGEST_BYTES:
        raise InputError(f"{place}: {status.st_size} bytes, the limit is {LARGEST_BYTES}")


def _check_image(place: str, image: Image.Image) -> None:
    """Judge what the head of a file says, before its pixels are unpacked."""
    if image.format in _PROGRAMS:
        raise InputError(f"{place}: {image.format} files are drawn by other programs; convert it to PNG")
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise InputError(
            f"{place}: too large a picture, {width} × {height}; the limit is {MOST_PIXELS // 1_000_000} million pixels"
        )


def _in_color(image: Image.Image) -> Image.Image:
    """Return an image of any mode as RGB."""
    from PIL import Image

    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode[0] in "IF":  # 16 and 32 bits of grey, which Pillow would cut off at 255
        return Image.fromarray(_eight_bits(image), mode="L").convert("RGB")
    if image.mode == "RGB" or image.mode.endswith(("A", "a")) or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, (*_BACKGROUND, 255))
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return grey values as 0 to 255: 16 bits by their range, others by their least and greatest value."""
    values = np.asarray(image, dtype=np.float64)
    if image.mode.startswith("I;16"):
        least, most = 0.0, 65535.0
    else:
        known = values[np.isfinite(values)]
        least, most = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    scaled = (np.nan_to_num(values, nan=least, posinf=most, neginf=least) - least) / max(most - least, 1e-9)
    eight: np.ndarray[tuple[int, int], np.dtype[np.uint8]] = np.rint(scaled * 255).astype(np.uint8)
    return eight


def _as_planes(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Array:
    """(height, width, 3), 0 to 255 → (3, height, width), 0 to 1."""
    planes: Array = np.ascontiguousarray(pixels.transpose(2, 0, 1)).astype(np.float32) / np.float32(255)
    return planes


def _first_line(error: Exception) -> str:
    return printable((str(error).splitlines() or [type(error).__name__])[0])[:120]
