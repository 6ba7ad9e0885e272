"""The words of a source in another order, for the attention alone: the encoder still reads them as they were.

What the decoder asks (the query) is then the same, token by token, and only the places of what it looks at differ.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence

import numpy as np

from explorer.errors import InputError
from explorer.runtime.graphs import Graphs, Memory
from explorer.runtime.trace import Source


def shuffled(source: Source, seed: int) -> Source:
    """Return a source with its words in another order; pieces of a word stay together, the end token stays last.

    Args:
        source: A sentence; one that is shuffled already is shuffled further.
        seed: Draws the order; the same one gives the same order.

    Raises:
        InputError: A picture, or a sentence whose words can stand in one order alone.
    """
    if source.picture is not None:
        raise InputError("the cells of a picture are not shuffled: they would no longer be the picture")
    places: dict[int, list[int]] = {}
    for place, word in enumerate(source.words):
        if word >= 0:  # not the end token
            places.setdefault(word, []).append(place)
    drawn = list(places)
    random.Random(seed).shuffle(drawn)
    for words in (drawn, drawn[1:] + drawn[:1]):  # the second where an order was drawn that changes nothing
        order = [place for word in words for place in places[word]]
        order += range(len(order), len(source))
        if [source.ids[place] for place in order] != list(source.ids):
            return _in_order(source, order, words)
    raise InputError("a source of one word has one order alone")


def in_reading_order(source: Source) -> tuple[int, ...]:
    """Return the ids as the encoder reads them."""
    if not source.order:
        return source.ids
    read = dict(zip(source.order, source.ids, strict=True))
    return tuple(read[place] for place in range(len(source)))


def as_ordered(graphs: Graphs, memory: Memory, sources: Sequence[Source]) -> Memory:
    """Return an encoded batch with each row's positions where its source has them.

    Args:
        graphs: Where the memory lies.
        memory: What the encoder gave for `in_reading_order`.
        sources: One for each row.
    """
    if not any(source.order for source in sources):
        return memory
    cells = np.array(graphs.host(memory.cells))  # (batch, src_len, …)
    looked = {name: np.array(values) for name, values in memory.looked.items()}
    for row, source in enumerate(sources):
        if source.order:
            order, length = list(source.order), len(source)
            cells[row, :length] = cells[row, order]
            for values in looked.values():  # (batch, layers, heads, src_len, src_len)
                values[row, ..., :length, :length] = values[row][..., order, :][..., order]
    return dataclasses.replace(memory, cells=graphs.device(cells), looked=looked)


def _in_order(source: Source, order: Sequence[int], words: Sequence[int]) -> Source:
    spoken = source.text.split()
    numbers = {word: number for number, word in enumerate(words)}
    read = source.order or tuple(range(len(source)))
    return dataclasses.replace(
        source,
        text=" ".join(spoken[word] for word in words),
        ids=tuple(source.ids[place] for place in order),
        pieces=tuple(source.pieces[place] for place in order),
        labels=tuple(source.labels[place] for place in order),
        words=tuple(numbers.get(source.words[place], -1) for place in order),
        order=tuple(read[place] for place in order),
    )
