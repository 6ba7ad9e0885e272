"""``attn-explore scene``: a seed in, a picture and its words out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from explorer.commands.output import STANDARD_OUTPUT, write_bytes, writing
from explorer.errors import InputError
from explorer.runtime.labels import printable
from explorer.scenes.captions import caption_of
from explorer.scenes.draw import draw
from explorer.scenes.generate import scene_of
from explorer.scenes.scene import Scene

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = MappingProxyType({".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".bmp": "BMP"})
"""Pillow's names of what a file's suffix asks for; a name without a suffix asks for PNG."""

_FINEST: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}
)


def run(seed: int, output: str | None, size: int) -> None:
    """Draw a scene to a file, then print its caption and its shapes.

    To standard output, "-", goes the picture alone.

    Raises:
        ExplorerError: A seed, a size or a file that cannot be used; nothing was printed then.
    """
    form = form_of(output or "")
    scene = scene_of(seed)
    picture = draw(scene, size)  # even where none is wanted: a size that cannot be used is said in any case
    if output is not None:
        write_bytes(output, encoded(picture, form))
    if output != STANDARD_OUTPUT:
        with writing(None) as out:
            out.writelines(f"{line}\n" for line in described(scene))


def form_of(path: str) -> str:
    """Return Pillow's name of the format for a file.

    Raises:
        InputError: A suffix that stands for none.
    """
    suffix = os.path.splitext(path)[1]
    form = FORMATS.get(suffix.lower() or ".png")
    if form is None:
        raise InputError(f"{printable(path)}: {printable(suffix)} is no picture; there is: {', '.join(FORMATS)}")
    return form


def encoded(picture: Image, form: str) -> bytes:
    """Return a picture as a file of a format holds it."""
    data = io.BytesIO()
    picture.save(data, form, **_FINEST.get(form, {}))
    return data.getvalue()


def described(scene: Scene) -> Iterator[str]:
    """Yield a scene's first caption, then what each shape is and where: x from the left, y from the top, in 0..1."""
    yield caption_of(scene, 0).text
    names = [" ".join(shape.look) for shape in scene.shapes]
    width = max(map(len, names))
    for name, shape in zip(names, scene.shapes, strict=True):
        box = shape.box
        yield f"  {name:<{width}}  x {box.left:.2f}-{box.right:.2f}  y {box.top:.2f}-{box.bottom:.2f}"
