"""Pictures of the screen at three sizes, on a made-up run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.runtime.session_file import Action, Session
from explorer.tui.app import ExplorerApp
from explorer.tui.models import OpenModels
from explorer.tui.player import Player
from explorer.tui.recording import Recorder
from explorer.tui.replay import ReplayApp
from tests.tui.scripted import ScriptedStepper, made_up_bundle
from tests.tui.scripted_compare import ScriptedSides, scored_bundle
from tests.tui.scripted_heads import ScriptedHeads, transformer_bundle
from tests.tui.scripted_search import ScriptedSearch
from tests.tui.scripted_summary import ScriptedSummary, summary_bundle

SIZES = [(80, 24), (120, 40), (200, 60)]
Compare = Callable[..., bool]


def scripted_app() -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", ScriptedStepper())


def replay_app() -> ReplayApp:
    actions = (
        Action("open", 0.0, {"model": "made-up"}),
        Action("start", 0.0, {"text": "made up"}),
        *(Action("step", float(number)) for number in range(1, 5)),
        Action("step", 6.0, caption="robe looks at dress: the decoder reads past pink, which comes first in English."),
        Action("end", 9.0),
    )
    models = OpenModels(made_up_bundle(), recorder=Recorder())
    player = Player(
        Session(1, actions, title="made up"),
        lambda _: made_up_bundle(),
        models.recorder,
        stepper_on=lambda _: ScriptedStepper(),
        steered=True,
    )
    player.seek(6)
    return ReplayApp(player, models)


def heads_app() -> ExplorerApp:
    return ExplorerApp(transformer_bundle(), "made up", ScriptedHeads())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_in_the_middle_of_a_sentence(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scripted_app(), press=["right"] * 6, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_session_that_is_played(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(replay_app(), terminal_size=size)


def test_saving_the_session(snap_compare: Compare) -> None:
    assert snap_compare(scripted_app(), press=["right", "S"], terminal_size=(80, 24))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_local_attention_with_its_centre_and_window(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scripted_app(), press=["end", "t", "t"], terminal_size=size)


def test_wide_zoom_and_another_colour_map(snap_compare: Compare) -> None:
    assert snap_compare(scripted_app(), press=["end", "z", "z", "C"], terminal_size=(120, 40))


def test_folded_panels(snap_compare: Compare) -> None:
    assert snap_compare(scripted_app(), press=["right"] * 4, terminal_size=(60, 20))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_all_heads_with_one_removed(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = [*["right"] * 6, "w", "space", "left"]
    assert snap_compare(heads_app(), press=keys, terminal_size=size)


@pytest.mark.parametrize(("size", "page"), zip(SIZES, "123", strict=True), ids=str)
def test_one_head_full_size(snap_compare: Compare, size: tuple[int, int], page: str) -> None:
    keys = [*["right"] * 6, "w", page, "enter", "up", "right"]
    assert snap_compare(heads_app(), press=keys, terminal_size=size)


def test_a_transformer_and_the_stages_of_a_cell(snap_compare: Compare) -> None:
    assert snap_compare(heads_app(), press=[*["right"] * 6, "n", "d"], terminal_size=(120, 40))


def sides_app() -> ExplorerApp:
    return ExplorerApp(scored_bundle(), "made up", ScriptedSides())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_two_runs_beside_each_other(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = [*["right"] * 7, "c", "5", "tab", "minus", "L", "tab", "up", "g"]
    assert snap_compare(sides_app(), press=keys, terminal_size=size)


def test_two_runs_with_figures_and_no_attention(snap_compare: Compare) -> None:
    assert snap_compare(sides_app(), press=["end", "c", "z", "z", "T"], terminal_size=(120, 40))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_combination(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(sides_app(), press=[*["right"] * 6, "g", "down", "left"], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_combination_on_its_own_by_score(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(sides_app(), press=["end", "g", "p", "o", "o", "right"], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_writing_a_figure(
    snap_compare: Compare, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name that is proposed depends on what is there
    keys = [*["right"] * 6, "X", "right", "down", *["right"] * 2]
    assert snap_compare(heads_app(), press=keys, terminal_size=size)


def test_help(snap_compare: Compare) -> None:
    assert snap_compare(scripted_app(), press=["question_mark"], terminal_size=(120, 40))


def search_app() -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", ScriptedSearch())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_beam_search(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(search_app(), press=["b", "n", "n", *["left"] * 6], terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_decoding_strategy(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(search_app(), press=["right", "D", "down", "down", "down", "minus"], terminal_size=size)


def summary_app(*, masked: bool = False, forced: int | None = None) -> ExplorerApp:
    return ExplorerApp(summary_bundle(), "made up", ScriptedSummary(masked=masked, forced=forced))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_long_source_to_read(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(summary_app(), press=["right"] * 7, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_reading_with_a_mask_a_window_and_the_cursor_elsewhere(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = ["end", "t", "t", *["up"] * 7, "l", "l"]
    assert snap_compare(summary_app(masked=True, forced=1), press=keys, terminal_size=size)


def test_a_headline_in_the_grid(snap_compare: Compare) -> None:
    assert snap_compare(summary_app(), press=["end", "v"], terminal_size=(120, 40))


def test_a_translation_to_read(snap_compare: Compare) -> None:
    assert snap_compare(scripted_app(), press=["v", *["right"] * 7], terminal_size=(120, 40))
