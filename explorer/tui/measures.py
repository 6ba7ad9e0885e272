"""What the tour reads from the screen, to say and to check what a key did. No Textual here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from explorer.render.formulas import title_of
from explorer.render.summary import shown_heads
from explorer.runtime.chapter_file import CHINESE, ENGLISH, Check
from explorer.runtime.edits import edits_of
from explorer.runtime.trace import Array
from explorer.tui.view import View

Value = float | str | Array
SMALLEST = 1e-6
"""Less than that is no change of a number."""


@dataclass(frozen=True)
class Place:
    """What is on the screen.

    Attributes:
        view: The explorer's view, below whatever is over it.
        model: Name of its model.
        board: What is over the explorer, "explorer" for nothing.
        readings: What that screen says of itself, by measure.
    """

    view: View
    model: str
    board: str
    readings: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Reader:
    """How a measure is read and called.

    Attributes:
        read: Reads it; None where it is not to be had.
        names: By language.
        digits: After the decimal point.
        unit: Behind the number.
        alone: Whether what it was before is left out: what has arrows of its own, or is a sentence.
    """

    read: Callable[[Place], Value | None]
    names: Mapping[str, str]
    digits: int = 2
    unit: str = ""
    alone: bool = False


def _of_board(name: str) -> Callable[[Place], Value | None]:
    return lambda place: place.readings.get(name)


def _named(english: str, chinese: str) -> dict[str, str]:
    return {ENGLISH: english, CHINESE: chinese}


READERS: Mapping[str, Reader] = {
    "entropy": Reader(lambda at: at.view.step.entropy, _named("entropy", "熵"), unit=" bit"),
    "weights": Reader(lambda at: at.view.step.weights, _named("weights", "權重")),
    "focus": Reader(lambda at: _focus(at.view), _named("greatest weight", "最大權重")),
    "output": Reader(lambda at: at.view.snapshot.trace.text, _named("output", "輸出"), alone=True),
    "tokens": Reader(lambda at: float(at.view.snapshot.emitted), _named("tokens", "詞元數"), 0),
    "source": Reader(lambda at: at.view.snapshot.trace.source.text, _named("source", "來源句"), alone=True),
    "alignment": Reader(
        lambda at: title_of(at.view.snapshot.trace.controls.alignment), _named("alignment function", "對齊函數")
    ),
    "attention": Reader(
        lambda at: title_of(at.view.snapshot.trace.controls.attention), _named("attention type", "注意力種類")
    ),
    "temperature": Reader(lambda at: at.view.snapshot.trace.controls.temperature, _named("temperature", "溫度")),
    "window": Reader(lambda at: at.view.snapshot.trace.controls.window, _named("window D", "視窗 D"), 0),
    "sample": Reader(lambda at: float(at.view.snapshot.trace.controls.seed or 0), _named("sample", "取樣"), 0),
    "model": Reader(lambda at: at.model, _named("model", "模型")),
    "head": Reader(
        lambda at: shown_heads(at.view.snapshot.trace.controls), _named("grid shows", "格圖顯示"), alone=True
    ),
    "removed": Reader(
        lambda at: float(len(at.view.snapshot.trace.controls.removed)), _named("heads removed", "移除的頭"), 0
    ),
    "edits": Reader(lambda at: float(len(edits_of(at.view.snapshot.trace.controls))), _named("edits", "編輯數"), 0),
    "next": Reader(lambda at: at.view.step.candidates[0].label, _named("most probable token", "最可能的詞")),
    "log_prob": Reader(lambda at: at.view.step.log_prob, _named("log-probability", "對數機率"), unit=" nat"),
    "cursor": Reader(lambda at: at.view.step.label, _named("row", "列")),
    "pointing": Reader(lambda at: _pointing(at.view), _named("looks at", "看著"), alone=True),
    "face": Reader(lambda at: at.view.face.value, _named("view", "檢視")),
    "overlay": Reader(lambda at: at.view.overlay.value, _named("overlay", "疊圖")),
    "board": Reader(lambda at: at.board, _named("screen", "畫面")),
    "clauses": Reader(_of_board("clauses"), _named("clauses", "子句數"), 0),
    "bleu_without": Reader(_of_board("bleu_without"), _named("BLEU without attention", "無注意力的 BLEU"), 1),
    "bleu_with": Reader(_of_board("bleu_with"), _named("BLEU with attention", "有注意力的 BLEU"), 1),
    "rho": Reader(_of_board("rho"), _named("ρ", "ρ")),
    "distance": Reader(_of_board("distance"), _named("√JS", "√JS")),
    "on_prefix": Reader(_of_board("on_prefix"), _named("tokens", "詞元")),
    "recalled_tanh": Reader(_of_board("recalled_tanh"), _named("tanh RNN", "tanh RNN"), 0, " %"),
    "recalled_gru": Reader(_of_board("recalled_gru"), _named("GRU", "GRU"), 0, " %"),
    "recalled_attention": Reader(_of_board("recalled_attention"), _named("attention", "注意力"), 0, " %"),
    "gradient_tanh": Reader(_of_board("gradient_tanh"), _named("gradient", "梯度"), 3),
    "gradient_gru": Reader(_of_board("gradient_gru"), _named("gradient, GRU", "GRU 的梯度"), 3),
    "gradient_attention": Reader(_of_board("gradient_attention"), _named("gradient, attention", "注意力的梯度"), 3),
    "far": Reader(_of_board("far"), _named("distance asked", "詢問的距離"), 0),
    "measured": Reader(_of_board("measured"), _named("measured", "測得"), alone=True),
    "size": Reader(_of_board("size"), _named("size d", "大小 d"), 0),
    "page": Reader(_of_board("page"), _named("page", "頁")),
    "chosen": Reader(_of_board("chosen"), _named("chosen", "選取")),
    "shown": Reader(_of_board("shown"), _named("shown", "顯示")),
    "looked": Reader(_of_board("looked"), _named("looks at", "看著"), alone=True),
    "sorted": Reader(_of_board("sorted"), _named("sorted by", "排序")),
}
"""By the names that chapters use."""

_STAYED = _named("the same", "不變")
_MOVED = _named("moved by up to {:.2f}", "最多移動 {:.2f}")
_MORE = _named("of another length", "長度不同")


def read(place: Place, names: set[str]) -> dict[str, Value]:
    """Return measures of the screen; those that are not to be had are left out."""
    found = ((name, READERS[name].read(place)) for name in sorted(names))
    return {name: value for name, value in found if value is not None}


def holds(check: Check, before: Mapping[str, Value], after: Mapping[str, Value]) -> bool:
    """Return whether an effect is seen between two readings; what is not to be had has no effect."""
    old, new = before.get(check.measure), after.get(check.measure)
    if new is None:
        return False
    if check.goes == "becomes":
        there = same(new, float(check.to)) if isinstance(check.to, int | float) else new == check.to
        return there and (old is None or not same(old, new) or isinstance(new, float))
    if old is None:
        return False
    if check.goes in ("falls", "rises"):
        if not isinstance(old, float) or not isinstance(new, float):
            return False
        return old - new > SMALLEST if check.goes == "falls" else new - old > SMALLEST
    return same(old, new) == (check.goes == "stays")


def effect(name: str, before: Value | None, after: Value | None, language: str) -> str:
    """Return what became of a measure, in words: "entropy 1.43 → 0.52 bit"."""
    reader = READERS[name]
    title = reader.names[language]
    if after is None:
        return ""
    if isinstance(after, np.ndarray):
        return f"{title} {_moved(before, after, language)}"
    now = _written(reader, after)
    if reader.alone or before is None or isinstance(before, np.ndarray) or same(before, after):
        return f"{title} {now}{reader.unit}"
    return f"{title} {_written(reader, before)} → {now}{reader.unit}"


def _moved(before: Value | None, after: Array, language: str) -> str:
    if not isinstance(before, np.ndarray) or same(before, after):
        return _STAYED[language]
    if before.shape != after.shape:
        return _MORE[language]
    return _MOVED[language].format(float(np.abs(before - after).max()))


def _written(reader: Reader, value: Value) -> str:
    return f"{value:.{reader.digits}f}" if isinstance(value, float) else str(value)


def same(one: Value, other: Value) -> bool:
    """Return whether two readings are the same, numbers to within `SMALLEST`."""
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    if np.shape(one) != np.shape(other):
        return False
    apart = np.abs(np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64))
    return bool(np.all(apart <= SMALLEST))


def _pointing(view: View) -> str | None:
    focus = _focus(view)
    return None if focus is None else f"{view.step.label} → {focus}"


def _focus(view: View) -> str | None:
    focus = view.step.focus
    return None if focus is None else view.snapshot.trace.source.labels[focus]
