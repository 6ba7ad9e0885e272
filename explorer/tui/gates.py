"""Which heads are removed: from one set to the next, as pure functions.

A set is a sorted tuple of `HeadKey`, as in `Controls.removed`.
"""

from __future__ import annotations

from explorer.runtime.card import Heads
from explorer.runtime.controls import Controls, HeadKey
from explorer.runtime.heads import CROSS, ENCODER, all_heads

Removed = tuple[HeadKey, ...]


def heads_of_kind(counts: Heads, kind: str) -> Removed:
    """Return every head of a kind: cross, self or encoder."""
    return all_heads(kind, counts.encoder_layers if kind == ENCODER else counts.layers, counts.heads)


def neighbour(counts: Heads, controls: Controls, by: int) -> HeadKey:
    """Return the head of cross-attention `by` places from the one that is shown; where several are, an end of all."""
    keys = heads_of_kind(counts, CROSS)
    if controls.layer is None or controls.head is None:
        return keys[0 if by > 0 else -1]
    return keys[(keys.index(HeadKey(CROSS, controls.layer, controls.head)) + by) % len(keys)]


def with_head(removed: Removed, key: HeadKey) -> Removed:
    """Remove a head, or put it back."""
    return _sorted(set(removed) ^ {key})


def with_layer(removed: Removed, key: HeadKey, counts: Heads) -> Removed:
    """Remove every head of a layer, or put all of them back where none is left."""
    layer = {HeadKey(key.kind, key.layer, head) for head in range(counts.heads)}
    return _sorted(set(removed) - layer if layer <= set(removed) else set(removed) | layer)


def with_only(removed: Removed, key: HeadKey, counts: Heads) -> Removed:
    """Remove every head of a kind but one, or put all of them back where that is so already."""
    kind = set(heads_of_kind(counts, key.kind))
    others = kind - {key}
    rest = set(removed) - kind
    return _sorted(rest if set(removed) & kind == others else rest | others)


def _sorted(keys: set[HeadKey]) -> Removed:
    return tuple(sorted(keys))
