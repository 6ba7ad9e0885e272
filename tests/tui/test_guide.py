"""The state of the tour on a made-up run: what counts as tried, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.render.palette import Palette
from explorer.runtime.chapter_file import Chapter, Check, Measure, Scene, Try, Words
from explorer.runtime.controls import Controls
from explorer.runtime.session_file import Action
from explorer.tui.guide import Guide
from explorer.tui.measures import READERS, Place, Value, effect, holds, read, same
from explorer.tui.view import View
from tests.tui.scripted import ScriptedStepper

CONTROLS = Controls("additive", "global", 4.0, 1.0)
SHARPER = Try(
    ("minus",), {"en": "sharper", "zh-TW": "更尖銳"}, (Check("entropy", "falls"), Check("temperature", "falls"))
)
LOCAL = Try(("t",), {"en": "local", "zh-TW": "局部"}, (Check("attention", "becomes", "local-m"),))
BELOW = Try(("down",), {"en": "below", "zh-TW": "往下"}, (Check("pointing", "changes"), Check("attention", "stays")))
FURTHER = Try(("left",), {"en": "further", "zh-TW": "更遠"}, (Check("far", "rises"),))


def place(
    row: int = 4, board: str = "explorer", readings: Mapping[str, Value] | None = None, **controls: object
) -> Place:
    stepper = ScriptedStepper()
    stepper.start("made up", CONTROLS.replace(**controls))
    view = View(stepper.end(), Palette(), row=row)
    return Place(view, "made-up", board, readings or {})


def guide(*tries: Try, language: str = "en") -> Guide:
    actions = (Action("open", 0.0, {"model": "made-up"}), Action("start", 0.0, {"text": "made up"}))
    words = {name: Words("title", "text") for name in ("en", "zh-TW")}
    chapter = Chapter(1, "made-up", (), (), (), Scene(actions), words, tries)
    return Guide.at(chapter, 1, 1, language)


# --- what counts as tried ---------------------------------------------------------------------------------------------


def test_nothing_is_told_before_anything_was_tried() -> None:
    seen = guide(SHARPER, LOCAL).seen(place())
    assert seen.told == ("", "")
    assert seen.following == 0
    assert seen.seen(place()).told == ("", "")
    assert seen.seen(place(row=2)).seen(place(row=6)).told == ("", "")


def test_things_are_ticked_in_order() -> None:
    seen = guide(SHARPER, LOCAL).seen(place())
    seen = seen.seen(place(temperature=0.5))
    assert [bool(told) for told in seen.told] == [True, False]
    assert seen.following == 1
    seen = seen.seen(place(temperature=0.5, attention="local_m"))
    assert [bool(told) for told in seen.told] == [True, True]
    assert seen.following is None
    assert seen.told[0].startswith("entropy ")
    assert seen.told[0].endswith("temperature 1.00 → 0.50")
    assert seen.told[1] == "attention type global → local-m"


def test_what_is_tried_out_of_order_counts_and_the_first_is_still_the_next() -> None:
    seen = guide(SHARPER, LOCAL).seen(place()).seen(place(attention="local_m"))
    assert [bool(told) for told in seen.told] == [False, True]
    assert seen.following == 0
    seen = seen.seen(place(attention="local_m", temperature=0.5))
    assert all(seen.told)


def test_an_effect_of_which_only_a_part_is_there_does_not_count() -> None:
    warmer = place(temperature=2.0)
    assert guide(SHARPER).seen(place()).seen(warmer).told == ("",)
    hotter = Try(("plus",), {"en": "", "zh-TW": ""}, (Check("temperature", "rises"), Check("entropy", "falls")))
    assert guide(hotter).seen(place()).seen(warmer).told == ("",)


def test_a_row_is_compared_with_itself_so_that_the_cursor_moves_nothing() -> None:
    rows = [place(row=row).view.step.entropy for row in range(13)]
    low, high = int(np.argmin(rows)), int(np.argmax(rows))
    assert rows[low] < rows[high] - 0.1
    seen = guide(SHARPER).seen(place(row=high)).seen(place(row=low))
    assert seen.told == ("",)
    seen = seen.seen(place(row=low, temperature=0.5))
    assert seen.told[0].startswith(f"entropy {rows[low]:.2f} → ")


def test_a_row_that_was_not_there_before_is_compared_with_nothing() -> None:
    stepper = ScriptedStepper()
    early = Place(View(stepper.start("made up", CONTROLS), Palette(), row=0), "made-up", "explorer", {})
    assert guide(SHARPER).seen(early).seen(place(row=9, temperature=0.5)).told == ("",)


def test_more_of_the_same_is_told_too_against_where_it_began() -> None:
    seen = guide(SHARPER, LOCAL).seen(place()).seen(place(temperature=0.5)).seen(place(temperature=0.25))
    assert seen.told[0].endswith("temperature 1.00 → 0.25")
    assert seen.told[1] == ""


def test_the_effect_before_stays_when_the_next_thing_begins_to_move() -> None:
    seen = guide(SHARPER, BELOW).seen(place()).seen(place(temperature=0.5))
    told = seen.told[0]
    seen = seen.seen(place(temperature=0.5, row=5))
    assert seen.told[0] == told
    assert seen.told[1] == "looks at rose → pink · attention type global"


def test_what_a_board_says_at_first_is_no_effect_of_a_key() -> None:
    seen = guide(FURTHER).seen(place(board="recall")).seen(place(board="recall", readings={"far": 3.0}))
    assert seen.told == ("",)
    assert seen.before is not None
    assert seen.before.readings == {"far": 3.0}
    seen = seen.seen(place(board="recall", readings={"far": 5.0}))
    assert seen.told == ("distance asked 3 → 5",)


def test_a_measure_of_another_board_has_no_effect() -> None:
    seen = guide(FURTHER).seen(place(board="recall", readings={"far": 3.0}))
    assert seen.seen(place()).told == ("",)


def test_before_a_thing_is_tried_its_measure_can_be_read() -> None:
    seen = guide(SHARPER, LOCAL).seen(place())
    assert seen.reading(0) == f"entropy {place().view.step.entropy:.2f} bit"
    assert seen.reading(1) == ""  # a name says nothing yet
    assert guide(SHARPER).reading(0) == ""


def test_effects_are_told_in_the_language() -> None:
    seen = guide(SHARPER, language="zh-TW").seen(place()).seen(place(temperature=0.5))
    assert seen.told[0].startswith("熵 ")
    assert seen.told[0].endswith("溫度 1.00 → 0.50")


# --- measures ---------------------------------------------------------------------------------------------------------


def test_every_measure_of_a_chapter_file_can_be_read_and_has_names() -> None:
    assert set(READERS) == set(Measure.__args__)  # type: ignore[attr-defined]
    for reader in READERS.values():
        assert all(reader.names[language] for language in ("en", "zh-TW"))


def test_what_is_not_to_be_had_is_left_out() -> None:
    assert set(read(place(), {"far", "entropy", "board"})) == {"entropy", "board"}
    nothing = place(attention="none")
    assert read(nothing, {"focus", "pointing"}) == {}


def test_measures_read_what_is_on_the_screen() -> None:
    found = read(place(alignment="dot", attention="local_p"), set(READERS))
    assert (found["alignment"], found["attention"], found["window"]) == ("dot", "local-p", 4.0)
    assert (found["cursor"], found["focus"], found["pointing"]) == ("robe", "dress", "robe → dress")
    assert (found["next"], found["tokens"], found["model"], found["face"]) == ("robe", 13.0, "made-up", "grid")
    assert (found["sample"], found["removed"], found["edits"]) == (0.0, 0.0, 0.0)


WEIGHTS = np.array([0.25, 0.75])
HELD = [
    ("falls", None, 2.0, 1.0, True),
    ("falls", None, 1.0, 1.0, False),
    ("falls", None, 1.0, 1.0 - 1e-9, False),
    ("falls", None, "b", "a", False),
    ("rises", None, 1.0, 2.0, True),
    ("rises", None, 2.0, 1.0, False),
    ("changes", None, "a", "b", True),
    ("changes", None, "a", "a", False),
    ("changes", None, WEIGHTS, WEIGHTS[::-1], True),
    ("changes", None, WEIGHTS, WEIGHTS.copy(), False),
    ("changes", None, WEIGHTS, np.ones(3) / 3, True),
    ("stays", None, "a", "a", True),
    ("stays", None, WEIGHTS, WEIGHTS.copy(), True),
    ("stays", None, 1.0, 2.0, False),
    ("becomes", "hard", "global", "hard", True),
    ("becomes", "hard", "hard", "hard", False),
    ("becomes", "hard", None, "hard", True),
    ("becomes", "hard", "global", "local-m", False),
    ("becomes", 0.0, 1.0, 0.0, True),
    ("becomes", 0.0, 0.0, 0.0, True),
    ("becomes", 0, 1.0, 0.5, False),
    ("becomes", 0.0, 1.0, "0.0", False),
]


@pytest.mark.parametrize(("goes", "to", "old", "new", "held"), HELD)
def test_an_effect_holds_or_not(goes: str, to: object, old: Value | None, new: Value, held: bool) -> None:
    before = {} if old is None else {"entropy": old}
    assert holds(Check("entropy", goes, to), before, {"entropy": new}) is held  # type: ignore[arg-type]


@pytest.mark.parametrize("goes", ["falls", "rises", "changes", "stays"])
def test_without_a_reading_nothing_holds(goes: str) -> None:
    check = Check("entropy", goes)  # type: ignore[arg-type]
    assert not holds(check, {}, {"entropy": 1.0})
    assert not holds(check, {"entropy": 1.0}, {})
    assert not holds(Check("entropy", "becomes", 1.0), {"entropy": 2.0}, {})


@given(
    st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.lists(st.floats(0.0, 1.0)).map(np.array))
)
def test_a_reading_is_the_same_as_itself(value: Value) -> None:
    assert same(value, value)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_numbers_fall_rise_or_stay(old: float, new: float) -> None:
    held = [holds(Check("entropy", goes), {"entropy": old}, {"entropy": new}) for goes in ("falls", "rises", "stays")]  # type: ignore[arg-type]
    assert held.count(True) == 1


def test_a_text_is_never_the_same_as_a_number() -> None:
    assert not same("1.0", 1.0)
    assert not same(1.0, WEIGHTS)
    assert not same(float("nan"), float("nan"))


EFFECTS = [
    ("entropy", 1.434, 0.52, "entropy 1.43 → 0.52 bit"),
    ("entropy", None, 0.52, "entropy 0.52 bit"),
    ("entropy", 0.52, 0.52, "entropy 0.52 bit"),
    ("entropy", 0.52, None, ""),
    ("tokens", 3.0, 5.0, "tokens 3 → 5"),
    ("recalled_gru", 90.0, 55.0, "GRU 90 → 55 %"),
    ("attention", "global", "hard", "attention type global → hard"),
    ("weights", WEIGHTS, WEIGHTS.copy(), "weights the same"),
    ("weights", WEIGHTS, WEIGHTS[::-1], "weights moved by up to 0.50"),
    ("weights", WEIGHTS, np.ones(3) / 3, "weights of another length"),
    ("pointing", "the → END", "her → woman", "looks at her → woman"),
    ("output", "la", "la fille", "output la fille"),
]


@pytest.mark.parametrize(("name", "before", "after", "said"), EFFECTS)
def test_an_effect_is_told(name: str, before: Value | None, after: Value | None, said: str) -> None:
    assert effect(name, before, after, "en") == said


def test_an_effect_is_told_in_chinese() -> None:
    assert effect("weights", WEIGHTS, WEIGHTS.copy(), "zh-TW") == "權重 不變"
    assert effect("weights", WEIGHTS, WEIGHTS[::-1], "zh-TW") == "權重 最多移動 0.50"
    assert effect("attention", "global", "hard", "zh-TW") == "注意力種類 global → hard"
