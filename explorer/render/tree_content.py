"""A beam search as data: the fields of its JSON, the arrays of its npz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from explorer.render.trace_content import positions_of, rounded_number
from explorer.runtime.tree import Node, Tree


def tree_content(tree: Tree, model: str, texts: Sequence[str]) -> dict[str, Any]:
    """Return a search as what JSON can hold.

    Fields: model, alignment, attention, source, source_tokens (of a picture image and cells), beam (its width),
    length_penalty, given (how many tokens every hypothesis begins with), nodes and hypotheses. A node is one token of
    one hypothesis, named by its place in the list: parent (null at the first token), step, token, log_prob (of the
    token), total_log_prob (of all up to it), score (the total over the length penalty), rank among its step, fate
    (alive, pruned or finished at its own step) and survives (whether a finished hypothesis, or one on the beam at the
    end, goes through it). A hypothesis is one that has ended, the best first: node (its last one), score and target.

    Args:
        tree: The search.
        model: Name of the model.
        texts: The target of each finished hypothesis, the best first.
    """
    controls, source = tree.controls, tree.source
    return {
        "model": model,
        "alignment": controls.alignment,
        "attention": controls.attention,
        **({"source": source.text} if source.picture is None else {"image": source.text}),
        **positions_of(source),
        "beam": tree.options.width,
        "length_penalty": tree.options.alpha,
        "given": tree.given,
        "nodes": [_node(tree, node) for node in tree.nodes],
        "hypotheses": [
            {"node": number, "score": rounded_number(tree.nodes[number].score), "target": text}
            for number, text in zip(tree.hypotheses, texts, strict=True)
        ],
    }


def tree_arrays(tree: Tree, model: str, texts: Sequence[str]) -> Mapping[str, npt.NDArray[Any]]:
    """Return a search as arrays that need no pickle; a node is named by its place.

    parents (nodes), -1 at the first token; steps, tokens, log_probs, total_log_probs, node_scores, ranks, fates,
    survives (nodes); weights and scores (nodes, src_len) float32, those that each token was chosen by; hypotheses
    (finished), their last nodes, the best first, and targets, their texts; source_tokens (src_len); beam,
    length_penalty, model, source, alignment and attention, one value each.
    """
    nodes = tree.nodes
    empty = np.zeros((0, len(tree.source)), dtype=np.float32)
    return {
        "parents": np.array([-1 if node.parent is None else node.parent for node in nodes], dtype=np.int64),
        "steps": np.array([node.step.position for node in nodes], dtype=np.int64),
        "tokens": np.array([node.step.piece for node in nodes], dtype=np.str_),
        "log_probs": np.array([node.step.log_prob for node in nodes], dtype=np.float64),
        "total_log_probs": np.array([node.log_prob for node in nodes], dtype=np.float64),
        "node_scores": np.array([node.score for node in nodes], dtype=np.float64),
        "ranks": np.array([node.rank for node in nodes], dtype=np.int64),
        "fates": np.array([node.fate.value for node in nodes], dtype=np.str_),
        "survives": np.array([node.number in tree.surviving for node in nodes], dtype=np.bool_),
        "weights": np.stack([node.step.weights for node in nodes]) if nodes else empty,
        "scores": np.stack([node.step.scores for node in nodes]) if nodes else empty,
        "hypotheses": np.array(tree.hypotheses, dtype=np.int64),
        "targets": np.array(texts, dtype=np.str_),
        "source_tokens": np.array(tree.source.pieces, dtype=np.str_),
        "beam": np.array(tree.options.width),
        "length_penalty": np.array(tree.options.alpha),
        "model": np.array(model),
        "source": np.array(tree.source.text),
        "alignment": np.array(tree.controls.alignment),
        "attention": np.array(tree.controls.attention),
    }


def _node(tree: Tree, node: Node) -> dict[str, Any]:
    return {
        "parent": node.parent,
        "step": node.step.position,
        "token": node.step.piece,
        "log_prob": rounded_number(node.step.log_prob),
        "total_log_prob": rounded_number(node.log_prob),
        "score": rounded_number(node.score),
        "rank": node.rank,
        "fate": node.fate.value,
        "survives": node.number in tree.surviving,
    }
