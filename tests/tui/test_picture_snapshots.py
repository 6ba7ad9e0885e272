"""Pictures of the screen of a captioning model, on a made-up caption of a drawn scene."""

from __future__ import annotations

from pathlib import Path

import pytest

from explorer.tui.app import ExplorerApp
from tests.tui.scripted_pictures import SCENE, ScriptedPictures, picture_bundle
from tests.tui.test_snapshots import SIZES, Compare


def picture_app() -> ExplorerApp:
    return ExplorerApp(picture_bundle(), SCENE, ScriptedPictures())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_picture_by_brightness(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(picture_app(), press=["right"] * 4, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_picture_by_heat_with_window_and_centre(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(picture_app(), press=["end", "x", "t", "t", *["up"] * 2], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_grid_of_a_picture(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(picture_app(), press=["end", "v"], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_dialog_of_pictures(
    snap_compare: Compare, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "holiday"
    (folder / "mountains").mkdir(parents=True)
    (folder / "beach.jpg").touch()
    (folder / "notes.txt").touch()
    monkeypatch.chdir(folder)
    assert snap_compare(picture_app(), press=[*["right"] * 3, "o"], terminal_size=size)


def test_a_picture_in_folded_panels(snap_compare: Compare) -> None:
    assert snap_compare(picture_app(), press=["right"] * 4, terminal_size=(60, 20))
