"""Inputs that the graphs are compared on, and what attention has to make of them, in float64."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import graph_checks
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Feed = dict[str, Array]
LENGTHS = (1, 2, 17, 64)
BATCHES = (1, 7, 60)
WINDOWS = (1.0, 2.5, 8.0, 20.0)
TEMPERATURES = (0.1, 0.4, 1.0, 5.0)
BIASES = ("none", "finite", "one masked", "all masked")
MASKED = -1e30
FRAGILE = 1e-4
"""Rows decided by less than this are left out: rounding may choose the other position or window edge."""


@dataclass(frozen=True)
class Case:
    """One call of the graphs.

    Attributes:
        encoder: Inputs of the encoder.
        source_mask: (batch, src_len).
        step: Inputs of the step except memory, memory_mask and state.
    """

    encoder: dict[str, Array]
    source_mask: Array
    step: dict[str, Array]

    def feed(self, memory: Array, state: Array) -> dict[str, Array]:
        """Return all inputs of the step."""
        return {**self.step, "memory": memory, "memory_mask": self.source_mask, "state": state}


def cases(card: Mapping[str, Any]) -> Iterator[Case]:
    """Yield cases in which every combination meets every length, window, temperature and kind of bias.

    Lengths differ from row to row, and of an image which cells are masked; every eleventh row of a larger batch is
    masked altogether.
    """
    random = np.random.default_rng(11)
    switches = card["switches"]
    numbers = [(i, j) for i in range(len(switches["alignments"])) for j in range(len(switches["attentions"]))]
    for src_len in (graph_checks.sizes(card)["src_len"],) if "image" in card else LENGTHS:
        for batch in BATCHES:
            rounds = range(0, len(numbers), batch) if batch < len(numbers) else range(2)
            for start in rounds:
                chosen = [numbers[(start + row) % len(numbers)] for row in range(batch)]
                yield _case(card, random, np.array(chosen), src_len)


def _case(card: Mapping[str, Any], random: np.random.Generator, chosen: Array, src_len: int) -> Case:
    batch = len(chosen)
    encoder, mask = (_pixels if "image" in card else _text)(card, random, batch, src_len)
    kind = random.integers(0, len(BIASES), batch)
    bias = np.where(kind[:, None] == 1, random.normal(0, 2, (batch, src_len)), 0.0)
    bias[kind == 2, random.integers(0, src_len)] = -np.inf
    bias[kind == 3] = -np.inf
    noisy = random.integers(0, 2, (batch, 1))
    step = {
        "token": random.integers(0, card["sizes"]["target_vocab"], batch),
        "position": random.integers(0, src_len + 8, batch),
        "alignment": chosen[:, 0],
        "attention": chosen[:, 1],
        "window": random.choice(WINDOWS, batch).astype(np.float32),
        "temperature": random.choice(TEMPERATURES, batch).astype(np.float32),
        "bias": bias.astype(np.float32),
        "noise": (random.gumbel(size=(batch, src_len)) * noisy).astype(np.float32),
    }
    return Case(encoder, mask, step)


def _text(card: Mapping[str, Any], random: np.random.Generator, batch: int, src_len: int) -> tuple[Feed, Array]:
    tokens = card["tokens"]
    lengths = random.integers(1, src_len + 1, batch)
    lengths[0] = src_len
    lengths[10::11] = 0
    mask = np.arange(src_len) < lengths[:, None]
    ids = random.integers(4, card["sizes"]["source_vocab"], (batch, src_len))
    ids[np.arange(batch), np.maximum(lengths - 1, 0)] = tokens["end"]
    return {"source_ids": np.where(mask, ids, tokens["padding"]), "source_mask": mask}, mask


def _pixels(card: Mapping[str, Any], random: np.random.Generator, batch: int, src_len: int) -> tuple[Feed, Array]:
    pixels = random.random((batch, 3, card["image"]["height"], card["image"]["width"]), dtype=np.float32)
    mask = np.ones((batch, src_len), dtype=bool)
    mask[2::3] = random.random((len(mask[2::3]), src_len)) < 0.7
    mask[10::11] = False
    return {"pixels": pixels}, mask


def distances(card: Mapping[str, Any], case: Case, outputs: Mapping[str, Array]) -> tuple[Array, Array]:
    """Return how far every source position lies from p_t: along the farther axis, and squared, (batch, src_len) each.

    Over text, p_t of local-m is the step's number; that of local-p is taken from the outputs. Over cells both are, and
    along rows and columns.
    """
    if "image" in card:
        number = np.arange(outputs["scores"].shape[1])
        columns = card["image"]["columns"]
        center = outputs["center_cell"].astype(np.float64)
        down, across = np.abs(number // columns - center[:, :1]), np.abs(number % columns - center[:, 1:])
        return np.maximum(down, across), down**2 + across**2
    length = case.source_mask.sum(axis=1, keepdims=True)
    monotonic = np.minimum(case.step["position"][:, None], np.maximum(length - 1, 0))
    swept = np.array(card["switches"]["attentions"])[case.step["attention"]] == "local_m"
    center = np.where(swept[:, None], monotonic, outputs["center"].astype(np.float64)[:, None])
    distance = np.abs(np.arange(outputs["scores"].shape[1]) - center)
    return distance, distance**2


def weights(card: Mapping[str, Any], case: Case, outputs: Mapping[str, Array]) -> tuple[Array, Array]:
    """Compute attention weights in float64 from scores and p_t, independently of torch (Luong 2015, 3.1 and 3.2).

    Args:
        card: For the order of the attention types, and the cells of an image.
        case: The inputs.
        outputs: The step's.

    Returns:
        weights (batch, src_len), and for each row whether rounding may decide it otherwise.
    """
    scores = outputs["scores"]
    name = np.array(card["switches"]["attentions"])[case.step["attention"]][:, None]
    source = np.arange(scores.shape[1])
    window = case.step["window"].astype(np.float64)[:, None]
    distance, squared = distances(card, case, outputs)
    local = (name == "local_m") | (name == "local_p")
    biased = scores.astype(np.float64) + case.step["bias"]
    allowed = case.source_mask & (biased > MASKED) & (~local | (distance <= window)) & (name != "none")
    logits = biased / case.step["temperature"].astype(np.float64)[:, None]
    logits = np.where(allowed, logits + np.where(name == "hard", case.step["noise"], 0.0), -np.inf)
    top = logits.max(axis=1, keepdims=True)
    some = allowed.any(axis=1, keepdims=True)
    powers = np.where(allowed, np.exp(np.where(allowed, logits, 0.0) - np.where(some, top, 0.0)), 0.0)
    soft = powers / np.where(some, powers.sum(axis=1, keepdims=True), 1.0)
    soft = soft * np.where(name == "local_p", np.exp(-2 * squared / window**2), 1.0)
    hard = (source == logits.argmax(axis=1)[:, None]) & allowed
    runner_up = np.sort(logits, axis=1)[:, -2] if scores.shape[1] > 1 else np.full(len(scores), -np.inf)
    close = np.where(some[:, 0], top[:, 0], 0.0) - runner_up < FRAGILE
    edge = (np.abs(distance - window) < FRAGILE).any(axis=1) & (name[:, 0] == "local_p")
    return np.where(name == "hard", hard, soft), (close & (name[:, 0] == "hard") & some[:, 0]) | edge
