from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.runtime.pictures import fitted
from explorer.scenes.captions import caption_of
from explorer.scenes.draw import draw
from explorer.scenes.generate import scene_of
from models import corpus
from models.augment import crop, relight, vary
from models.caption_feed import CaptionFeed, mirror_table
from models.pictures import draw_scenes, plain, read_captions, read_photos, seeds_of, square
from tests.models.painted import SIZE, paint, tiny_recipe, write_pictures


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A man's dog, running!", "a mans dog running"),
        ("Two T-shirts  (one red) .", "two t shirts one red"),
        ("snow_man at 5 o’clock", "snow man at 5 oclock"),
        ("Un café", "un café"),
        (" . ", ""),
    ],
)
def test_captions_are_plain_words(caption: str, expected: str) -> None:
    assert plain(caption) == expected


def test_a_picture_is_turned_upright_and_cut_to_its_middle() -> None:
    wide = np.zeros((10, 30, 3), dtype=np.uint8)
    wide[:, 10:20] = (200, 100, 50)
    cut = square(Image.fromarray(wide), 10)
    assert cut.shape == (3, 10, 10)
    assert (cut == np.array([200, 100, 50])[:, None, None]).all()
    turned = Image.fromarray(paint("red", 0, 0))
    turned.getexif()[0x0112] = 6  # to be shown turned a quarter to the right
    assert (square(turned, SIZE)[0, :8, 8:] == 230).all()
    assert square(Image.new("RGBA", (40, 20), (1, 2, 3, 0)), 8)[:, 4, 4].tolist() == [255, 255, 255]
    assert square(Image.new("L", (8, 8), 77), 8)[:, 0, 0].tolist() == [77, 77, 77]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "L", "P", "1", "CMYK", "YCbCr"])
@pytest.mark.parametrize("size", [(64, 64), (200, 90), (33, 150)])
def test_training_and_explorer_read_the_same_pixels(mode: str, size: tuple[int, int]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 4), dtype=np.uint8)
    picture = Image.fromarray(noise, mode="RGBA")
    picture = picture.convert("RGB").convert(mode) if mode not in ("RGBA", "LA") else picture.convert(mode)
    np.testing.assert_array_equal(square(picture, 64).transpose(1, 2, 0), np.asarray(fitted(picture, 64, 64)))


def test_photographs_are_decoded_once(tmp_path: Path) -> None:
    made = write_pictures(tmp_path, "train", 5, 1)
    cache = tmp_path / "kept.npy"
    first = read_photos(tmp_path / "train.jsonl", None, SIZE, cache)
    assert first.captions[0][0] == f"a {made[0][0]} square {'bottom' if made[0][1] else 'top'} " + (
        "right" if made[0][2] else "left"
    )
    np.testing.assert_array_equal(first.pixels[3].transpose(1, 2, 0), paint(*made[3]))
    (tmp_path / "train.zip").write_bytes(b"")  # never opened again
    np.testing.assert_array_equal(read_photos(tmp_path / "train.jsonl", None, SIZE, cache).pixels, first.pixels)


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "anywhere"
    folder.mkdir()
    Image.fromarray(paint("blue", 1, 0)).save(folder / "one.png")
    lines = tmp_path / "own.jsonl"
    lines.write_text(json.dumps({"image": "one.png", "captions": ["A blue one"]}), encoding="utf-8")
    pictures = read_photos(lines, folder, SIZE, tmp_path / "kept.npy")
    np.testing.assert_array_equal(pictures.pixels[0].transpose(1, 2, 0), paint("blue", 1, 0))
    with pytest.raises(FileNotFoundError, match=r"neither own\.zip nor a folder own"):
        read_photos(lines, None, SIZE, tmp_path / "other.npy")


@pytest.mark.parametrize("line", ["{", '{"image": "a.png"}', '{"image": "a.png", "captions": [" . "]}', "[1]"])
def test_lines_that_are_no_captions(tmp_path: Path, line: str) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"image": "b.png", "captions": ["fine"]}\n' + line, encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        read_captions(path)


def test_scenes_are_those_of_their_seeds(tmp_path: Path) -> None:
    assert seeds_of("seeds 7-9") == range(7, 10)
    assert seeds_of("flickr8k/train.jsonl") is None
    cache = tmp_path / "scenes-7.npy"
    pictures = draw_scenes(range(7, 10), 2, 32, cache)
    scene = scene_of(8)
    np.testing.assert_array_equal(pictures.pixels[1].transpose(1, 2, 0), np.asarray(draw(scene, 32)))
    assert pictures.captions[1] == [caption_of(scene, number).text for number in range(2)]
    again = draw_scenes(range(7, 10), 2, 32, cache)
    assert again.captions == pictures.captions
    np.testing.assert_array_equal(again.pixels, pictures.pixels)
    other = draw_scenes(range(4, 7), 2, 32, cache)  # kept for other seeds
    np.testing.assert_array_equal(other.pixels[0].transpose(1, 2, 0), np.asarray(draw(scene_of(4), 32)))


def test_a_crop_of_everything_is_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SMALLEST_CROP", 1.0), ("STRETCH", 0.0), ("TURN", 0.0)):
        monkeypatch.setattr(f"models.augment.{name}", value)
    pixels = torch.rand(2, 3, 8, 8)
    cut = crop(pixels, np.array([False, True]), np.random.default_rng(1))
    torch.testing.assert_close(cut[0], pixels[0])
    torch.testing.assert_close(cut[1], pixels[1].flip(2))


def test_other_light_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    class Middle:
        def uniform(self, low: float, high: float, shape: tuple[int, ...]) -> np.ndarray:
            return np.full(shape, high)

    pixels = torch.rand(1, 3, 4, 4) / 2
    found = relight(pixels, Middle())  # type: ignore[arg-type]
    grey = (pixels * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(dim=1, keepdim=True)
    saturated = grey + 1.3 * (pixels - grey)
    contrasted = grey.mean() + 1.25 * (saturated - grey.mean())
    torch.testing.assert_close(found, (1.15 * contrasted).clamp(0, 1))


def test_variations_are_those_of_their_seed() -> None:
    pixels, mirrored = torch.rand(4, 3, 16, 16), np.array([False, True, False, True])
    first, again, other = (vary(pixels, mirrored, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == pixels.shape
    assert 0 <= float(first.min()) <= float(first.max()) <= 1


@pytest.fixture
def feed(tmp_path: Path) -> CaptionFeed:
    for name, count, seed in (("train", 30, 1), ("dev", 10, 2)):
        write_pictures(tmp_path, name, count, seed)
    return CaptionFeed(tiny_recipe(), tmp_path, tmp_path)


def test_a_pool_is_a_function_of_its_number(feed: CaptionFeed) -> None:
    first, again, other = list(feed.pool(3)), list(feed.pool(3)), list(feed.pool(4))
    for one, same in zip(first, again, strict=True):
        assert torch.equal(one.pixels, same.pixels)
        assert torch.equal(one.targets, same.targets)
    assert not torch.equal(first[0].pixels, other[0].pixels)
    assert sum(len(batch.pixels) for batch in first) == 20  # 40 captions, two of a picture
    assert {batch.repeats for batch in first} == {2}


def test_an_epoch_has_every_picture_once(feed: CaptionFeed) -> None:
    seen = [batch.tokens for number in (0, 1, 2) for batch in feed.pool(number)]
    whole = sum(len(caption) for captions in feed._targets for caption in captions)
    assert sum(seen) == 2 * whole  # 60 pictures of 30


def test_sides_change_places_in_mirrored_pictures(feed: CaptionFeed, tmp_path: Path) -> None:
    vocabulary = corpus.Tokenizer.from_file(str(tmp_path / "target.json"))
    left, right = vocabulary.token_to_id("▁left"), vocabulary.token_to_id("▁right")
    assert mirror_table(vocabulary) == {left: right, right: left}
    half = SIZE // 2
    for batch in feed.pool(0):
        strongest = (batch.pixels.amax(dim=1) - batch.pixels.amin(dim=1))[:, 4:-4].mean(dim=1)  # (batch, width)
        for row in range(len(batch.pixels)):
            on_left = bool(strongest[row, :half].sum() > strongest[row, half:].sum())
            caption = batch.targets[2 * row].tolist()
            if abs(float(strongest[row, :half].sum() - strongest[row, half:].sum())) > 1:
                assert (left in caption) == on_left
                assert (right in caption) != on_left


def test_inputs_are_targets_one_step_before(feed: CaptionFeed) -> None:
    for batch in feed.dev:
        assert (batch.inputs[:, 0] == corpus.BEGIN).all()
        ends = (batch.targets == corpus.END).sum(dim=1)
        assert (ends == 1).all()
        real = batch.targets[:, 1:] != corpus.PADDING
        assert torch.equal(batch.inputs[:, 1:][real], batch.targets[:, :-1][real])
    assert sum(len(batch.pixels) for batch in feed.dev) == 10


def test_a_sweep_takes_a_caption(feed: CaptionFeed) -> None:
    lengths = [len(caption) for captions in feed._targets for caption in captions]
    stride = feed.config.image.stride  # type: ignore[union-attr]
    assert stride == pytest.approx(16 / (sum(lengths) / len(lengths)), abs=1 / 16)
    assert stride * 16 == int(stride * 16)
