"""Cards and files of bundles that are not what they should be."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from explorer.errors import BundleError
from explorer.runtime import checked_files
from explorer.runtime.card_reader import read_card, read_files
from explorer.runtime.catalog import find_bundle, shipped_bundles

from .damage import edit_card, put_file

Edit = Callable[[dict[str, Any]], object]


def test_the_shipped_card_is_read(folder: Path) -> None:
    card = read_card(folder)
    assert card.name == "translate-en-fr"
    assert set(read_files(folder, card)) == set(card.files)


def test_reading_a_card_opens_no_other_file(folder: Path) -> None:
    for name in ("encoder.onnx", "step.onnx", "source.json", "target.json"):
        (folder / name).unlink()
    assert read_card(folder).sizes.max_source == 128


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda card: card["sizes"].update(hidden="x"), "sizes.hidden: expected int, got str"),
        (lambda card: card["sizes"].update(hidden=1.5), "sizes.hidden: expected int, got float"),
        (lambda card: card["sizes"].update(hidden=0), "sizes.hidden: must be at least 1"),
        (lambda card: card["sizes"].pop("hidden"), "sizes.hidden: missing"),
        (lambda card: card["sizes"].update(depth=3), "sizes.depth: unknown field"),
        (lambda card: card["sizes"].update(max_source=10**9), "sizes.max_source: must be at most 65536"),
        (lambda card: card.pop("licence"), "licence: missing"),
        (lambda card: card.update(extra=1), "extra: unknown field"),
        (lambda card: card.update({"\x1b[2J": 1}), r"\x1B[2J: unknown field"),
        (lambda card: card.update(name="../up"), "name: '../up' is not a plain name"),
        (lambda card: card.update(title="a\x1b[2Jb"), r"title: has a character that cannot be shown: a\x1B[2Jb"),
        (lambda card: card["training"].update(note="\u202e"), r"training.note: has a character that cannot be shown"),
        (lambda card: card["tokens"].update(end=2), "tokens: two special tokens have the same number"),
        (lambda card: card["tokens"].update(end=-1), "tokens.end: -1 is not a number in both vocabularies"),
        (lambda card: card["switches"]["alignments"].append(7), "switches.alignments[6]: expected str, got int"),
        (lambda card: card["switches"].update(alignment="x"), "switches.alignment: 'x' is not one of"),
        (
            lambda card: card["switches"].update(attentions=["global"] * 2),
            "switches.attentions: a name is listed twice",
        ),
        (lambda card: card["switches"]["window"].update(default=-1), "switches.window.default: -1.0 is outside"),
        (
            lambda card: card["switches"]["temperature"].update(minimum=0.0),
            "switches.temperature.minimum: 0.0 is below 0.05",
        ),
        (lambda card: card["files"].pop("step.onnx"), "files.step.onnx: missing"),
        (lambda card: card["files"].update({"../x": card["files"]["step.onnx"]}), "files.../x: must be the plain name"),
        (lambda card: card["files"].update({"/etc/passwd": card["files"]["step.onnx"]}), "must be the plain name"),
        (lambda card: card["files"]["step.onnx"].update(sha256="0"), "files.step.onnx.sha256: must be 64 hexadecimal"),
        (lambda card: card["files"]["step.onnx"].update(bytes=10**12), "files.step.onnx.bytes: must be from 0 to"),
        (
            lambda card: card.update(format=2),
            "format: version 2, this attn-explore reads version 1; update attn-explore",
        ),
        (lambda card: card.update(format="1"), "format: expected int, got str"),
    ],
)
def test_a_wrong_field_is_named(folder: Path, edit: Edit, message: str) -> None:
    edit_card(folder, edit)
    with pytest.raises(BundleError) as caught:
        read_card(folder)
    assert str(caught.value).startswith(f"{folder}/card.json: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b'{"format": 1, "training": ' + b"[" * 100_000])
def test_what_is_no_json_is_refused(folder: Path, data: bytes) -> None:
    (folder / "card.json").write_bytes(data)
    with pytest.raises(BundleError, match=r"card\.json: "):
        read_card(folder)


def test_a_newer_card_is_recognised_before_its_unknown_fields(folder: Path) -> None:
    (folder / "card.json").write_text('{"format": 9, "everything": "else"}')
    with pytest.raises(BundleError, match="version 9"):
        read_card(folder)


def test_a_card_of_over_a_megabyte_is_refused(folder: Path) -> None:
    (folder / "card.json").write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(BundleError, match="1048577 bytes, the limit is 1048576"):
        read_card(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "step.onnx").unlink()
    with pytest.raises(BundleError, match=r"copy/step\.onnx: missing$"):
        read_files(folder, read_card(folder))


def test_a_file_of_another_size_says_both_sizes(folder: Path) -> None:
    size = (folder / "target.json").stat().st_size
    with (folder / "target.json").open("ab") as file:
        file.write(b" ")
    with pytest.raises(BundleError, match=rf"target\.json: changed: it has {size + 1} bytes, the card says {size}$"):
        read_files(folder, read_card(folder))


def test_a_file_of_the_same_size_but_other_bytes_says_both_checksums(folder: Path) -> None:
    data = bytearray((folder / "target.json").read_bytes())
    before = hashlib.sha256(data).hexdigest()[:12]
    data[100] ^= 1
    (folder / "target.json").write_bytes(data)
    after = hashlib.sha256(data).hexdigest()[:12]
    with pytest.raises(BundleError, match=rf"target\.json: changed: its sha256 is {after}…, the card says {before}…$"):
        read_files(folder, read_card(folder))


def test_a_file_over_the_limit_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = read_card(folder)
    monkeypatch.setattr(checked_files, "LARGEST_FILE", 1000)
    with pytest.raises(BundleError, match="bytes, the limit is 1000"):
        read_files(folder, card)


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    (folder / "source.json").rename(outside)
    (folder / "source.json").symlink_to(outside)
    with pytest.raises(BundleError, match=r"source\.json: a link out of the bundle's folder"):
        read_files(folder, read_card(folder))


def test_a_link_inside_the_folder_is_followed(folder: Path) -> None:
    (folder / "source.json").rename(folder / "real.json")
    (folder / "source.json").symlink_to("real.json")
    assert "source.json" in read_files(folder, read_card(folder))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_file_does_not_hang(folder: Path) -> None:
    (folder / "source.json").unlink()
    os.mkfifo(folder / "source.json")
    with pytest.raises(BundleError, match="not a regular file"):
        read_files(folder, read_card(folder))


def test_further_listed_files_are_checked_too(folder: Path) -> None:
    put_file(folder, "NOTES.txt", b"hello")
    (folder / "NOTES.txt").write_bytes(b"other")
    with pytest.raises(BundleError, match=r"NOTES\.txt: changed"):
        read_files(folder, read_card(folder))


def test_shipped_bundles_are_found_by_name() -> None:
    shipped = shipped_bundles()
    assert list(shipped) == sorted(shipped)
    assert find_bundle("translate-en-fr") == shipped["translate-en-fr"]


@pytest.mark.parametrize("name", ["translate-enfr", "Translate_EN_FR", "translate"])
def test_an_unknown_name_suggests_the_nearest(name: str) -> None:
    with pytest.raises(BundleError, match=rf"model '{name}' is not known; did you mean translate-"):
        find_bundle(name)


def test_a_name_like_none_lists_what_there_is() -> None:
    with pytest.raises(BundleError, match=r"model '\\\\x1B' is not known; there is: .*translate-en-fr"):
        find_bundle("\x1b")


def test_a_path_is_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_bundle(str(folder)) == folder
    monkeypatch.chdir(folder.parent)
    assert find_bundle("./copy") == Path("copy")
    assert find_bundle("copy") == Path("copy")
    with pytest.raises(BundleError, match=r"bundle \./none: there is no such folder"):
        find_bundle("./none")
    with pytest.raises(BundleError, match=r"bundle copy/card\.json: not a folder"):
        find_bundle("copy/card.json")


def test_a_shipped_name_comes_before_a_folder_of_that_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.rename(folder.parent / "translate-en-fr")
    monkeypatch.chdir(folder.parent)
    assert find_bundle("translate-en-fr") == shipped_bundles()["translate-en-fr"]
