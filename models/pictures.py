"""Reading pictures with captions: photographs from a folder or .zip, or the scenes of our own generator."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from explorer.scenes.captions import caption_of
from explorer.scenes.draw import draw
from explorer.scenes.generate import scene_of
from models.recipes import CorpusFile

SCENES = re.compile(r"seeds (\d+)-(\d+)")
Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """Pictures and their captions.

    Attributes:
        pixels: Red, green and blue in 0..255, (pictures, 3, height, width).
        captions: Of each picture, one or more.
    """

    pixels: Bytes
    captions: list[list[str]]


def plain(caption: str) -> str:
    """Return a caption as it is learned and scored: lower case, no punctuation, single spaces.

    An apostrophe leaves nothing behind ("man's", "mans"), any other mark parts words ("t-shirt", "t shirt").
    """
    return " ".join(re.sub(r"[\W_]+", " ", re.sub("['’`]", "", caption.lower())).split())


def read_captions(path: Path) -> list[tuple[str, list[str]]]:
    """Return the pictures' file names and their captions, from JSON lines with ``image`` and ``captions``.

    Raises:
        ValueError: A line without them, or without a caption that has a word.
    """
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            name, captions = str(entry["image"]), [plain(str(caption)) for caption in entry["captions"]]
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f'{path}, line {number}: not {{"image": …, "captions": […]}}') from error
        if not any(captions):
            raise ValueError(f"{path}, line {number}: no caption of {name} has a word")
        entries.append((name, [caption for caption in captions if caption]))
    return entries


def square(image: Image.Image, size: int) -> Bytes:
    """Return an upright picture cut to its middle square, (3, size, size); what is transparent becomes white.

    As the explorer reads pictures (`explorer.runtime.pictures.fitted`), so that a model sees the same on both sides.
    """
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    upright = upright.convert("RGB")
    fitted = upright if upright.size == (size, size) else ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS)
    return np.asarray(fitted).transpose(2, 0, 1)


def _photographs(place: Path, names: Sequence[str], size: int) -> Iterator[Bytes]:
    """Yield the named pictures of a folder or .zip."""
    if place.is_dir():
        for name in names:
            with Image.open(place / name) as image:
                yield square(image, size)
        return
    with zipfile.ZipFile(place) as archive:
        for name in names:
            with Image.open(io.BytesIO(archive.read(name))) as image:
                yield square(image, size)


def _cached(cache: Path, count: int, size: int, make: Callable[[], Iterator[Bytes]]) -> Bytes:
    """Return `count` pictures, read from `cache` where it holds so many of that size, else made and written to it."""
    shape = (count, 3, size, size)
    if cache.exists():
        kept: Bytes = np.load(cache, mmap_mode="r")
        if kept.shape == shape:
            return kept
    partial = cache.with_suffix(".partial")
    pixels = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
    for place, picture in enumerate(make()):
        pixels[place] = picture
    pixels.flush()
    partial.replace(cache)
    return np.load(cache, mmap_mode="r")  # type: ignore[no-any-return]


def read_photos(captions: Path, images: Path | None, size: int, cache: Path) -> Pictures:
    """Read photographs, decoded once.

    Args:
        captions: JSON lines.
        images: Folder or .zip; None for the one beside the captions that has their name.
        size: Pixels of each side.
        cache: Where the decoded pixels are kept, an .npy file.

    Raises:
        FileNotFoundError: There are no pictures where they should be.
    """
    entries = read_captions(captions)
    archive, folder = captions.with_suffix(".zip"), captions.with_suffix("")
    place = images or (archive if archive.exists() else folder)
    if not place.exists():
        raise FileNotFoundError(f"{captions}: neither {archive.name} nor a folder {folder.name} lies beside it")
    pixels = _cached(cache, len(entries), size, lambda: _photographs(place, [name for name, _ in entries], size))
    return Pictures(pixels, [captions for _, captions in entries])


def seeds_of(path: str) -> range | None:
    """Return the seeds of a recipe's ``seeds A-B``, both counted; None for a file."""
    found = SCENES.fullmatch(path)
    return range(int(found[1]), int(found[2]) + 1) if found else None


def draw_scenes(seeds: range, captions: int, size: int, cache: Path) -> Pictures:
    """Draw scenes, once, and describe each a few times.

    Args:
        seeds: One a scene.
        captions: Of each scene, not all of them different.
        size: Pixels of each side.
        cache: Where the pixels are kept, an .npy file; the captions are kept beside it.
    """
    texts = cache.with_suffix(".json")
    wanted = {"seeds": [seeds.start, seeds.stop], "captions": captions}
    kept = json.loads(texts.read_text(encoding="utf-8")) if texts.exists() else {}
    scenes = [scene_of(seed) for seed in seeds] if not cache.exists() or kept.get("of") != wanted else []
    if scenes:
        cache.unlink(missing_ok=True)
        kept = {"of": wanted, "texts": [[caption_of(scene, n).text for n in range(captions)] for scene in scenes]}
        texts.write_text(json.dumps(kept), encoding="utf-8")
    pixels = _cached(cache, len(seeds), size, lambda: (square(draw(scene, size), size) for scene in scenes))
    return Pictures(pixels, kept["texts"])


def read_pictures(entry: CorpusFile, path: str, data: Path, size: int, captions: int, out: Path) -> Pictures:
    """Read one part of a recipe's corpus; the pixels are kept in the folder `out`.

    Args:
        entry: The corpus.
        path: Its ``train`` or ``dev``.
        data: What paths are relative to.
        size: Pixels of each side.
        captions: Of each drawn scene.
        out: The training folder.
    """
    seeds = seeds_of(path)
    if seeds is not None:
        return draw_scenes(seeds, captions, size, out / f"scenes-{seeds.start}.npy")
    images = data / entry.images if entry.images else None
    return read_photos(data / path, images, size, out / f"images-{Path(path).stem}.npy")
