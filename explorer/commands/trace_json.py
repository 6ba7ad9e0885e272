"""A trace as one line of JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.commands.output import escaped_json
from explorer.runtime.heads import CROSS, SELF, head_maps
from explorer.runtime.trace import Source, Trace

DIGITS = 6


def to_json(trace: Trace, all_heads: bool = False) -> str:
    """Return a trace as one line of JSON.

    Fields: model, alignment, attention, source, target, source_tokens, target_tokens, log_probs (tgt_len), weights
    (tgt_len × src_len). Tokens are the vocabulary's own spelling, the end token included. For a picture, image (its
    name) and cells ([rows, columns]) stand in the place of source and source_tokens, and a row of weights goes through
    the cells row by row. For a Transformer also layer, head and aggregate, which say what weights holds (null where
    they say nothing), and with `all_heads` cross_weights (layers × heads × tgt_len × src_len), self_weights (layers ×
    heads × tgt_len × tgt_len) and, where the encoder has self-attention, encoder_weights (layers × heads × src_len ×
    src_len). For a hypothesis of a search also rank (1 is the best) and score (Σ log_probs over the length penalty).
    """
    controls, source = trace.controls, trace.source
    content: dict[str, Any] = {
        "model": trace.model,
        "alignment": controls.alignment,
        "attention": controls.attention,
        **({"source": source.text} if source.picture is None else {"image": source.text}),
        "target": trace.text,
        **_positions(source),
        "target_tokens": [step.piece for step in trace.steps],
        "log_probs": _rounded(np.array([step.log_prob for step in trace.steps])),
        "weights": _rounded(trace.weights),
    }
    if trace.steps and trace.steps[0].heads is not None:
        content |= {"layer": controls.layer, "head": controls.head, "aggregate": controls.aggregate}
        if all_heads:
            content |= _heads(trace)
    if trace.ranking is not None:
        content |= {"rank": trace.ranking.rank, "score": round(trace.ranking.score, DIGITS)}
    return escaped_json(content)


def _positions(source: Source) -> dict[str, Any]:
    if source.picture is None:
        return {"source_tokens": list(source.pieces)}
    return {"cells": [source.picture.rows, source.picture.columns]}


def _heads(trace: Trace) -> dict[str, Any]:
    content = {
        "cross_weights": _rounded(head_maps(CROSS, trace.steps, None)),
        "self_weights": _rounded(head_maps(SELF, trace.steps, None)),
    }
    if trace.encoder_weights is not None:
        content["encoder_weights"] = _rounded(trace.encoder_weights)
    return content


def _rounded(values: npt.NDArray[Any]) -> list[Any]:
    """Return numbers as lists; what is not finite, which only a damaged model gives, is null."""
    rounded = np.round(values.astype(np.float64), DIGITS) + 0.0  # no "-0.0"
    finite = np.isfinite(rounded)
    if not finite.all():
        rounded = rounded.astype(object)
        rounded[~finite] = None
    listed: list[Any] = rounded.tolist()
    return listed
