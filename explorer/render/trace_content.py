"""A trace as data: the fields of its JSON, the arrays of its npz."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.runtime.controls import WeightEdit
from explorer.runtime.edits import Edit, edits_of
from explorer.runtime.heads import CROSS, SELF, head_maps
from explorer.runtime.trace import Source, Trace

DIGITS = 6
"""Decimals of a number in JSON; npz has them all."""


def trace_content(trace: Trace, *, all_heads: bool = False) -> dict[str, Any]:
    """Return a trace as what JSON can hold.

    Fields: model, alignment, attention, source, target, source_tokens, target_tokens, log_probs (tgt_len), weights
    (tgt_len × src_len). Tokens are the vocabulary's own spelling, the end token included. For a picture, image (its
    name) and cells ([rows, columns]) stand in the place of source and source_tokens, and a row of weights goes through
    the cells row by row. For a Transformer also layer, head and aggregate, which say what weights holds (null where
    they say nothing), and with `all_heads` cross_weights (layers × heads × tgt_len × src_len), self_weights (layers ×
    heads × tgt_len × tgt_len) and, where the encoder has self-attention, encoder_weights (layers × heads × src_len ×
    src_len). For a hypothesis of a search also rank (1 is the best) and score (Σ log_probs over the length penalty).
    Where attention was edited also edits, a list of objects: step (counted from 0, null for every step), source, the
    weight that is wanted there or the bias that is added to the score ("-inf" masks), layer and head if it is in one.
    """
    controls, source = trace.controls, trace.source
    content: dict[str, Any] = {
        "model": trace.model,
        "alignment": controls.alignment,
        "attention": controls.attention,
        **({"source": source.text} if source.picture is None else {"image": source.text}),
        "target": trace.text,
        **positions_of(source),
        "target_tokens": [step.piece for step in trace.steps],
        "log_probs": rounded(np.array([step.log_prob for step in trace.steps])),
        "weights": rounded(trace.weights),
    }
    if trace.steps and trace.steps[0].heads is not None:
        content |= {"layer": controls.layer, "head": controls.head, "aggregate": controls.aggregate}
        if all_heads:
            content |= {name: rounded(maps) for name, maps in _maps(trace).items()}
    edits = edits_of(controls)
    if edits:
        content["edits"] = [_edit(edit) for edit in edits]
    if trace.ranking is not None:
        content |= {"rank": trace.ranking.rank, "score": round(trace.ranking.score, DIGITS)}
    return content


def trace_arrays(trace: Trace) -> Mapping[str, npt.NDArray[Any]]:
    """Return a trace as arrays that need no pickle.

    weights and scores, (tgt_len, src_len) float32, exactly those of the trace; source_tokens (src_len) and
    target_tokens (tgt_len), the vocabulary's own spelling; log_probs (tgt_len); model, source, target, alignment and
    attention, one string each. For a picture also cells, [rows, columns], and pixels, (3, height, width) float32 from 0
    to 1; its source_tokens are the cells' rows and columns, "1,1". For a Transformer also cross_weights and
    cross_scores (layers, heads, tgt_len, src_len), self_weights (layers, heads, tgt_len, tgt_len) and, where the
    encoder has self-attention, encoder_weights (layers, heads, src_len, src_len).
    """
    controls, source = trace.controls, trace.source
    arrays: dict[str, npt.NDArray[Any]] = {
        "weights": trace.weights,
        "scores": trace.scores,
        "source_tokens": np.array(source.pieces, dtype=np.str_),
        "target_tokens": np.array([step.piece for step in trace.steps], dtype=np.str_),
        "log_probs": np.array([step.log_prob for step in trace.steps], dtype=np.float64),
        "model": np.array(trace.model),
        "source": np.array(source.text),
        "target": np.array(trace.text),
        "alignment": np.array(controls.alignment),
        "attention": np.array(controls.attention),
    }
    if source.picture is not None:
        arrays |= {
            "cells": np.array([source.picture.rows, source.picture.columns]),
            "pixels": source.picture.pixels,
        }
    if trace.steps and trace.steps[0].heads is not None:
        heads = [step.heads for step in trace.steps if step.heads is not None]
        arrays["cross_scores"] = np.stack([each.cross_scores for each in heads], axis=2)
        arrays |= _maps(trace)
    return arrays


def _edit(edit: Edit) -> dict[str, Any]:
    content: dict[str, Any] = {"step": edit.step, "source": edit.source}
    if isinstance(edit, WeightEdit):
        content["weight"] = edit.weight
    else:
        content["bias"] = edit.value if math.isfinite(edit.value) else str(edit.value)
    if edit.place is not None:
        content["layer"], content["head"] = edit.place
    return content


def positions_of(source: Source) -> dict[str, Any]:
    """Return the source positions of a trace as JSON has them: tokens, or the rows and columns of a picture."""
    if source.picture is None:
        return {"source_tokens": list(source.pieces)}
    return {"cells": [source.picture.rows, source.picture.columns]}


def _maps(trace: Trace) -> dict[str, npt.NDArray[Any]]:
    """Return the weights of every head."""
    maps = {
        "cross_weights": head_maps(CROSS, trace.steps, None),
        "self_weights": head_maps(SELF, trace.steps, None),
    }
    return maps if trace.encoder_weights is None else {**maps, "encoder_weights": trace.encoder_weights}


def rounded_number(value: float) -> float | None:
    """Return one number as `rounded` does."""
    found: float | None = rounded(np.array([value]))[0]
    return found


def rounded(values: npt.NDArray[Any]) -> list[Any]:
    """Return numbers as lists; what is not finite, which only a damaged model gives, is null."""
    rounded = np.round(values.astype(np.float64), DIGITS) + 0.0  # no "-0.0"
    finite = np.isfinite(rounded)
    if not finite.all():
        rounded = rounded.astype(object)
        rounded[~finite] = None
    listed: list[Any] = rounded.tolist()
    return listed
