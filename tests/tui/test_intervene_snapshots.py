"""Pictures of edits, branches, changed words and the test of the attention at three sizes, on a made-up run."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
import pytest
from textual.pilot import Pilot

from explorer.runtime.bookmark import Bookmark
from explorer.runtime.rewording import changes_of
from explorer.runtime.trace import Trace
from explorer.runtime.truth import Agreement, agreement
from explorer.tui.app import ExplorerApp
from explorer.tui.screens import truth_actions
from explorer.tui.screens.branches import BranchesScreen
from explorer.tui.screens.changes import ChangesScreen
from explorer.tui.screens.word import WordScreen
from tests.tui.scripted import SWITCHES, ScriptedStepper, made_up_bundle, made_up_step

SIZES = [(80, 24), (120, 40), (200, 60)]
Compare = Callable[..., bool]
Before = Callable[[Pilot[None]], Awaitable[None]]


def scripted_app() -> ExplorerApp:
    return ExplorerApp(made_up_bundle(), "made up", ScriptedStepper())


def whole_run() -> Trace:
    app = scripted_app()
    return app._begun.stepper.end().trace


def showing(make: Callable[[], Any]) -> Before:
    async def before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        await pilot.app.push_screen(make())

    return before


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_edits_in_the_grid(snap_compare: Compare, size: tuple[int, int]) -> None:
    pinned, raised, lowered = ["up", "P"], ["up", "h", "full_stop"], ["up", "h", "h", "comma"]
    keys = [*["right"] * 6, *pinned, *raised, *lowered, "up", *["l"] * 6, "m", "m", "h"]
    assert snap_compare(scripted_app(), press=keys, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_list_of_edits(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = [*["right"] * 4, "up", "P", "up", "m", "m", "up", ".", "L", "down"]
    assert snap_compare(scripted_app(), press=keys, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_typing_a_weight(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = [*["right"] * 4, "t", "t", "up", "enter"]
    assert snap_compare(scripted_app(), press=keys, terminal_size=size)


def branches() -> BranchesScreen:
    trace = whole_run()
    steps = trace.steps
    other = dataclasses.replace(steps[4], token=9, label="jupe", forced=True)
    third = dataclasses.replace(steps[6], token=8, label="grimpe", forced=True)

    def bookmark(*run: Any) -> Bookmark:
        return Bookmark(trace.source, trace.controls, tuple(run), len(run), None, None, None)  # type: ignore[arg-type]

    present = bookmark(*steps[:4], other, *steps[5:])
    return BranchesScreen((bookmark(*steps), bookmark(*steps[:6], third, *steps[7:]), present), present)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_tree_of_branches(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scripted_app(), run_before=showing(branches), terminal_size=size)


def changed_words() -> ChangesScreen:
    before = whole_run()
    steps = list(before.steps)
    steps[2] = dataclasses.replace(steps[2], token=9, label="dame")
    steps[4] = dataclasses.replace(steps[4], weights=steps[5].weights)
    del steps[8]
    source = dataclasses.replace(before.source, text="made up otherwise")
    after = dataclasses.replace(before, source=source, steps=tuple(steps), text="made up otherwise too")
    distinct = [dataclasses.replace(step, token=20 + step.position) for step in before.steps]
    old = dataclasses.replace(before, steps=tuple(distinct))
    new = dataclasses.replace(
        after, steps=tuple(s if s.token == 9 else dataclasses.replace(s, token=20 + s.position) for s in steps)
    )
    return ChangesScreen(old, new, changes_of(old, new))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_another_word_changed(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(scripted_app(), run_before=showing(changed_words), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_typing_another_word(snap_compare: Compare, size: tuple[int, int]) -> None:
    near = ("woman", "lady", "child", "daughter", "boy")
    screen = showing(lambda: WordScreen("the little girl sings .", 2, near))
    assert snap_compare(scripted_app(), run_before=screen, terminal_size=size)


def made_up_tests(stepper: Any) -> tuple[Agreement, ...]:
    snapshot = stepper.snapshot
    controls = snapshot.trace.controls
    found = []
    for place, name in enumerate(SWITCHES.alignments):
        rows = [made_up_step(row, controls).weights for row in range(len(snapshot.steps))]
        weights = np.stack(rows)
        drops = (np.roll(weights, place - 2, axis=1) * 2.5 - 0.05).astype(np.float32)
        found.append(agreement(name, weights, drops))
    return tuple(found)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_attention_put_to_the_test(
    snap_compare: Compare, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truth_actions, "put_to_the_test", made_up_tests)
    monkeypatch.setattr(ScriptedStepper, "decoder", property(lambda self: self))
    keys = [*["right"] * 6, "plus", "plus", "plus", "plus", "i", "up", "up"]
    assert snap_compare(scripted_app(), press=keys, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_samples_of_hard_attention(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = [*["right"] * 6, "t", "t", "t", *["plus"] * 6, "r", "r"]
    assert snap_compare(scripted_app(), press=keys, terminal_size=size)
