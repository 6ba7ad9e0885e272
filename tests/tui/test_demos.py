"""What the captions of the demos say is so, on the shipped models."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from rich.console import Console
from rich.text import Text

from explorer.commands.demo import models_of, shipped_demos
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.trace import Step, Trace
from explorer.scenes.generate import scene_of
from explorer.tui.playback import Moment, Playback

NAMES = (
    "alignment-tour",
    "bottleneck",
    "caption",
    "first-look",
    "heads",
    "local-window",
    "mistake",
    "reordering",
    "soft-to-hard",
)


@functools.cache
def opened(model: str) -> Bundle:
    return open_bundle(model, "cpu")


@functools.cache
def moments(name: str) -> tuple[Moment, ...]:
    """Play a demo; skip it where its model is not shipped."""
    session = shipped_demos()[name]
    missing = set(models_of(session)) - set(shipped_bundles())
    if missing:
        pytest.skip(f"not shipped: {', '.join(missing)}")
    playback = Playback(session, opened, name)
    return tuple(playback.advance() for _ in range(playback.length))


def said(name: str, beginning: str) -> Trace:
    """Return the run at the moment whose caption begins with some words."""
    (found,) = [moment for moment in moments(name) if moment.action.caption.startswith(beginning)]
    return found.opened.snapshot.trace


def step_of(trace: Trace, label: str) -> Step:
    return next(step for step in trace.steps if step.label == label)


def looks_at(trace: Trace, label: str) -> str:
    """Return the source word of greatest weight of a target word."""
    focus = step_of(trace, label).focus
    return "" if focus is None else trace.source.labels[focus]


def entropy(trace: Trace) -> float:
    return float(np.mean([step.entropy for step in trace.steps]))


def test_every_demo_is_here_and_says_what_it_shows() -> None:
    demos = shipped_demos()
    assert tuple(demos) == NAMES
    for name, session in demos.items():
        assert session.title == name
        assert 20 < len(session.about) < 90
        assert session.actions[1].caption


@pytest.mark.parametrize("name", NAMES)
def test_captions_can_be_read_in_two_lines_and_in_their_time(name: str) -> None:
    actions = shipped_demos()[name].actions
    room = 80 - 2 - len("12/12 ▮▮  ")
    for action, after in itertools.pairwise(actions):
        assert len(Text(action.caption).wrap(Console(), room)) <= 2, action.caption
        if action.caption:
            assert after.at - action.at >= max(3.0, len(action.caption) / 20)


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_plays_to_its_end_and_points_at_rows_that_there_are(name: str) -> None:
    for moment in moments(name):
        assert moment.remarks == ()
        if moment.action.row is not None:
            assert moment.action.row < len(moment.opened.snapshot.steps)


def test_reordering() -> None:
    first = said("reordering", "petite stands")
    assert (first.labels[-1], looks_at(first, "petite")) == ("petite", "little")
    robe = said("reordering", "robe looks at dress")
    assert (robe.labels[-1], looks_at(robe, "robe")) == ("robe", "dress")
    assert robe.source.labels.index("dress") == robe.source.labels.index("red") + 1
    rouge = said("reordering", "rouge goes back")
    assert (rouge.labels[-1], looks_at(rouge, "rouge")) == ("rouge", "red")
    ballon = said("reordering", "Here it comes again")
    assert (ballon.labels[-1], looks_at(ballon, "ballon")) == ("ballon", "balloon")
    blanc = said("reordering", "… and blanc")
    assert (blanc.labels[-1], looks_at(blanc, "blanc")) == ("blanc", "white")
    end = said("reordering", "Two crossings")
    assert end.finished
    foci = [step.focus for step in end.steps[:-1]]
    assert sum(later < before for before, later in itertools.pairwise(foci)) == 2  # type: ignore[operator]


def test_alignment_tour() -> None:
    names = ("additive", "dot", "general", "scaled dot", "content", "location")
    tour = {name: said("alignment-tour", f"{name} (" if name != "general" else "general:") for name in names}
    assert [trace.controls.alignment.replace("_", " ") for trace in tour.values()] == list(names)
    assert len({tuple(step.token for step in trace.steps) for trace in tour.values()}) == 1
    for name, trace in tour.items():
        assert (looks_at(trace, "robe") == "dress") is (name != "location"), name
    entropies = {name: entropy(trace) for name, trace in tour.items()}
    assert entropies["dot"] < entropies["additive"]
    assert min(entropies, key=lambda name: entropies[name]) == "general"
    assert entropies["dot"] < entropies["scaled dot"]
    location = entropies.pop("location")
    assert location > 3 * max(entropies.values())
    reds = [looks_at(tour[name], "rouge") for name in names if name != "location"]
    assert set(reds) == {"red"}


def test_first_look() -> None:
    robe = said("first-look", "robe looks past red")
    assert (robe.labels[-1], looks_at(robe, "robe")) == ("robe", "dress")
    learned, other = said("first-look", "Every row"), said("first-look", "One key")
    assert learned.finished
    assert (other.controls.alignment, other.labels) == ("scaled_dot", learned.labels)
    guessed = said("first-look", "location sees no keys")
    assert guessed.controls.alignment == "location"
    assert entropy(guessed) > 3 * entropy(learned)
    spread, sharp = said("first-look", "Temperature 4"), said("first-look", "… and at 0.3")
    assert [trace.controls.temperature for trace in (spread, sharp)] == [4.0, 0.3]
    assert entropy(spread) > 2.5
    assert all(step.weights.max() > 0.95 for step in sharp.steps[:-1])  # the last row is END's


def test_soft_to_hard() -> None:
    starts = ("Temperature 4", "Temperature 2", "Temperature 1", "Temperature 0.5", "Temperature 0.1")
    soft = [said("soft-to-hard", start) for start in starts]
    assert [trace.controls.temperature for trace in soft] == [4.0, 2.0, 1.0, 0.5, 0.1]
    entropies = [entropy(trace) for trace in soft]
    assert entropies == sorted(entropies, reverse=True)
    assert entropies[0] > 2
    assert np.mean(soft[2].weights.max(axis=1) > 0.9) > 0.5
    assert soft[4].steps[-1].weights.max() < 0.7  # the tie of the last row
    hard = said("soft-to-hard", "Hard attention")
    assert hard.controls.attention == "hard"
    assert set(np.unique(hard.weights)) == {0.0, 1.0}
    playback = moments("soft-to-hard")[-1].opened
    assert playback.stepper.rerun(hard.controls).trace.text == hard.text


def test_local_window() -> None:
    wide = said("local-window", "With ±4")
    assert looks_at(wide, "ballon") == "balloon"
    place = wide.source.labels.index("balloon")
    ballon = step_of(wide, "ballon")
    assert place - ballon.center == 3
    narrow = step_of(said("local-window", "±1 word"), "ballon")
    assert narrow.weights[place] == 0.0
    assert narrow.center + 1 < place
    predicted = said("local-window", "local-p predicts")
    center = step_of(predicted, "ballon").center
    assert abs(center - place) < abs(ballon.center - place) / 3
    last = said("local-window", "±1 around")
    assert (last.controls.window, last.controls.attention) == (1.0, "local_p")
    assert looks_at(last, "ballon") == "balloon"
    assert said("local-window", "Global").controls.attention == "global"


def test_bottleneck() -> None:
    short = said("bottleneck", "Un chien court")
    assert short.text == "un chien court dans un champ."
    blind = said("bottleneck", "One vector")
    seeing = said("bottleneck", "It looks back")
    assert (blind.controls.attention, seeing.controls.attention) == ("none", "global")
    assert blind.finished
    for word in ("garçon", "casquette jaune", "eau", "trois femmes"):
        assert word in seeing.text
        assert word not in blind.text
    assert blind.text.count("t-shirt") >= 2
    assert blind.text.count("pantalon") >= 2


def test_heads() -> None:
    aligning = said("heads", "Layer 1, head 2")
    assert (aligning.controls.layer, aligning.controls.head) == (1, 2)
    assert (looks_at(aligning, "robe"), looks_at(aligning, "rouge")) == ("dress", "red")
    broad, sharp = said("heads", "Layer 0, head 1"), said("heads", "Layer 2, head 2")
    assert entropy(broad) > 2.5
    assert entropy(sharp) < 1
    mean = said("heads", "The mean of all")
    assert mean.controls.aggregate == "mean"
    assert looks_at(mean, "robe") == "dress"
    assert entropy(mean) > entropy(aligning)
    without = said("heads", "The aligning head")
    assert len(without.controls.removed) == 1
    assert without.text == aligning.text
    assert "ballon blanc" in without.text
    gone = said("heads", "Now all four")
    assert len(gone.controls.removed) == 4
    assert "ballon de foot" in gone.text


def test_caption() -> None:
    heart, triangle = said("caption", "heart:"), said("caption", "triangle:")
    assert (heart.labels[-1], triangle.labels[-1]) == ("heart", "triangle")
    small = said("caption", "small:")
    assert small.labels[-1] == "small"
    shapes = {shape.look[-1]: shape.box for shape in scene_of(12).shapes}
    for trace, name in ((heart, "heart"), (triangle, "triangle"), (small, "triangle")):
        picture, focus, box = trace.source.picture, trace.steps[-1].focus, shapes[name]
        assert picture is not None
        assert focus is not None
        row, column = divmod(focus, picture.columns)
        # The cell of greatest weight touches the shape.
        assert box.left < (column + 1) / picture.columns
        assert box.right > column / picture.columns
        assert box.top < (row + 1) / picture.rows
        assert box.bottom > row / picture.rows


def test_mistake() -> None:
    bank = said("mistake", "banque")
    assert (bank.labels[-1], looks_at(bank, "banque")) == ("banque", "bank")
    forced = said("mistake", "A person forces")
    assert forced.text.endswith("sur la rive")
    assert [step.forced for step in forced.steps[-2:]] == [True, True]
    assert said("mistake", "… and the rest").text == "un homme est assis sur la rive de la rivière."
    seal = said("mistake", "le long")
    assert "se" in seal.source.labels
    assert "·al" in seal.source.labels
    assert looks_at(seal, "long") == "se"
    football = said("mistake", "un ballon de football")
    assert football.controls.alignment == "location"
    assert "ballon de football" in football.text
    step = step_of(football, "football")
    assert step.entropy > 2.5
    assert looks_at(football, "football") == "END"
    assert football.labels[10] == "football"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("alignment-tour", "robe"),
        ("first-look", "robe"),
        ("soft-to-hard", "robe"),
        ("local-window", "ballon"),
        ("heads", "robe"),
    ],
)
def test_the_row_that_is_spoken_of_is_pointed_at(name: str, label: str) -> None:
    for moment in moments(name):
        if moment.action.row is not None:
            assert moment.opened.snapshot.trace.labels[moment.action.row] == label
