"""Beam search: its tree against greedy decoding, forced decoding and its own rules."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import InputError
from explorer.runtime import search
from explorer.runtime.batch import decode_batch
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.controls import TOP_P, BiasEdit, Strategy
from explorer.runtime.decoder import Decoder
from explorer.runtime.graphs import Graphs
from explorer.runtime.search import beam_search, trace_of
from explorer.runtime.switches import default_controls
from explorer.runtime.trace import Source
from explorer.runtime.tree import Fate, SearchOptions, Tree

NAMES = ("translate-en-fr", "transformer-de-en", "summarize-reuters")
WORDS = ["a", "the", "two", "red", "old", "man", "dogs", "plays", "sleeps", "in", "with", "street", "oil", "said", "."]
TEXT = "Two small dogs run across the wet grass."


@pytest.fixture(scope="module")
def bundles(caption_bundle: Path) -> dict[str, Bundle]:
    """Each family and task, one of them untrained."""
    opened = {name: open_bundle(name, "cpu") for name in NAMES}
    return {**opened, "captions": open_bundle(caption_bundle, "cpu")}


def source_of(bundle: Bundle, text: str) -> Source:
    return bundle.read_source(text if bundle.card.image is None else f"scene:{len(text)}")


def searched(bundle: Bundle, text: str, width: int, alpha: float = 0.6, **options: Any) -> Tree:
    controls = default_controls(bundle.card)
    (tree,) = beam_search(bundle, [source_of(bundle, text)], controls, SearchOptions(width, alpha), **options)
    return tree


def tokens_of(tree: Tree, number: int) -> list[int]:
    return [node.step.token for node in tree.path(number)]


@pytest.mark.parametrize("name", [*NAMES, "captions"])
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_width_1_is_greedy_decoding(bundles: dict[str, Bundle], name: str, words: list[str]) -> None:
    bundle, text = bundles[name], " ".join(words)
    tree = searched(bundle, text, 1, max_length=40 if name != "captions" else None)
    limit = 40 if name != "captions" else None
    (greedy,) = decode_batch(bundle, [source_of(bundle, text)], default_controls(bundle.card), limit)
    (best,) = tree.hypotheses
    trace = trace_of(bundle, tree, best)
    assert [step.token for step in trace.steps] == [step.token for step in greedy.steps]
    assert [step.log_prob for step in trace.steps] == [step.log_prob for step in greedy.steps]
    assert trace.labels == greedy.labels
    assert trace.text == greedy.text
    np.testing.assert_array_equal(trace.weights, greedy.weights)


@pytest.mark.parametrize("name", [*NAMES, "captions"])
@pytest.mark.parametrize("width", [3, 8])
def test_scores_are_those_of_the_same_tokens_forced(bundles: dict[str, Bundle], name: str, width: int) -> None:
    bundle = bundles[name]
    tree = searched(bundle, TEXT, width, 0.7)
    assert len(tree.hypotheses) >= width
    decoder = Decoder(bundle)
    for rank, number in enumerate(tree.hypotheses[:4], start=1):
        node, tokens = tree.nodes[number], tokens_of(tree, number)
        decoder.start(tree.source)
        forced = decoder.force_prefix(tokens)
        total = sum(step.log_prob for step in forced.steps)
        assert node.log_prob == pytest.approx(total, abs=1e-3)
        assert node.score == pytest.approx(total / ((5 + len(tokens)) / 6) ** 0.7, abs=1e-3)
        trace = trace_of(bundle, tree, number)
        np.testing.assert_allclose(trace.weights, forced.weights, atol=1e-5)
        assert trace.ranking is not None
        assert (trace.ranking.rank, trace.ranking.score) == (rank, node.score)


@pytest.mark.parametrize("name", [*NAMES, "captions"])
@pytest.mark.parametrize("width", [1, 2, 5, 16])
def test_the_tree_keeps_its_rules(bundles: dict[str, Bundle], name: str, width: int) -> None:
    bundle = bundles[name]
    tree, end = searched(bundle, TEXT, width), bundle.card.tokens.end
    finished = 0
    for position in range(tree.depth):
        level = [node for node in tree.nodes if node.step.position == position]
        assert [node.rank for node in level] == list(range(1, len(level) + 1))
        assert len(level) <= 2 * width
        log_probs = [node.log_prob for node in level]
        assert log_probs == sorted(log_probs, reverse=True)
        assert sum(node.fate is Fate.ALIVE for node in level) <= width
        for node in level:
            before = tree.nodes[node.parent] if node.parent is not None else None
            assert before is None or before.fate is Fate.ALIVE
            assert node.log_prob == pytest.approx((before.log_prob if before else 0.0) + node.step.log_prob)
            last = position == bundle.card.sizes.max_target - 1
            assert (node.fate is Fate.FINISHED) == ((node.step.token == end or last) and node.rank <= width)
        pruned = [node.rank for node in level if node.fate is Fate.PRUNED and node.step.token != end]
        assert all(node.rank < min(pruned, default=999) for node in level if node.fate is Fate.ALIVE)
        finished += sum(node.fate is Fate.FINISHED for node in level)
        assert finished < width or position == tree.depth - 1
    assert finished >= width


def test_siblings_share_the_attention_row_and_paths_lead_back(bundles: dict[str, Bundle]) -> None:
    tree = searched(bundles["translate-en-fr"], TEXT, 4)
    for number, following in enumerate(tree.children):
        assert all(tree.nodes[child].parent == number for child in following)
        for child in following:
            assert tree.nodes[child].step.weights is tree.nodes[following[0]].step.weights
            assert [node.number for node in tree.path(child)] == [*(n.number for n in tree.path(number)), child]
    assert [tree.nodes[root].rank for root in tree.roots] == list(range(1, 9))


def test_what_survives_leads_to_an_end_or_to_the_last_step(bundles: dict[str, Bundle]) -> None:
    tree = searched(bundles["translate-en-fr"], TEXT, 4)
    expected = set()
    for node in tree.nodes:
        on_beam = node.fate is Fate.ALIVE and node.step.position == tree.depth - 1
        if on_beam or node.fate is Fate.FINISHED:
            expected |= {each.number for each in tree.path(node.number)}
    assert tree.surviving == expected
    lost = [node for node in tree.nodes if node.fate is Fate.ALIVE and node.number not in tree.surviving]
    assert lost  # branches that stood on the beam for a while
    best = tree.nodes[tree.hypotheses[0]]
    assert tree.best[tree.path(best.number)[0].number] == best.score
    assert tree.best[lost[0].number] == -math.inf


def test_a_tree_of_fewer_steps_is_its_beginning(bundles: dict[str, Bundle]) -> None:
    tree = searched(bundles["translate-en-fr"], TEXT, 3)
    early = tree.upto(2)
    assert early.depth == 2
    assert early.nodes == tree.nodes[: len(early.nodes)]
    assert early.hypotheses == ()
    assert {early.nodes[number].rank for number in early.surviving if number >= len(early.roots)} == {1, 2, 3}
    assert tree.upto(0).surviving == frozenset()
    assert tree.upto(99).nodes == tree.nodes


@pytest.mark.parametrize("name", ["translate-en-fr", "transformer-de-en"])
@pytest.mark.parametrize("rows", [128, 8])
def test_many_sources_are_the_same_as_one_by_one(
    bundles: dict[str, Bundle], name: str, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_ROWS", rows)
    bundle = bundles[name]
    lines = ["a man .", TEXT, "the old woman sleeps in the street with two small dogs .", "go !", "red ."]
    sources = [source_of(bundle, line) for line in lines]
    trees = beam_search(bundle, sources, default_controls(bundle.card), SearchOptions(4))
    for line, tree in zip(lines, trees, strict=True):
        alone = searched(bundle, line, 4)
        assert [tokens_of(tree, number) for number in tree.hypotheses] == [
            tokens_of(alone, number) for number in alone.hypotheses
        ]
        np.testing.assert_allclose([n.log_prob for n in tree.nodes], [n.log_prob for n in alone.nodes], atol=1e-3)
        if name == "transformer-de-en":
            np.testing.assert_allclose(tree.encoder_weights, alone.encoder_weights, atol=1e-5)


class Counting:
    """Graphs that count the rows of each call of the step."""

    def __init__(self, graphs: Graphs) -> None:
        self._graphs = graphs
        self.calls: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graphs, name)

    def step(self, memory: Any, state: Any, feeds: dict[str, Any]) -> Any:
        self.calls.append(len(feeds["token"]))
        return self._graphs.step(memory, state, feeds)


@pytest.mark.parametrize("name", NAMES)
def test_one_call_of_the_graph_a_step(bundles: dict[str, Bundle], name: str) -> None:
    counting = Counting(bundles[name].graphs)
    tree = searched(dataclasses.replace(bundles[name], graphs=counting), TEXT, 6)  # type: ignore[arg-type]
    assert len(counting.calls) == tree.depth
    assert counting.calls[0] == 1
    assert set(counting.calls[1:]) == {6}


def test_every_hypothesis_begins_with_forced_tokens(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["translate-en-fr"]
    prefix = bundle.target.encode_target("un chat", 9)
    tree = searched(bundle, TEXT, 3, force=prefix)
    assert tree.given == len(prefix)
    for node in tree.nodes[: len(prefix)]:
        assert node.step.forced
        assert node.rank == 1
    for number in tree.hypotheses:
        assert tokens_of(tree, number)[: len(prefix)] == list(prefix)
        assert not tree.nodes[number].step.forced
    whole = searched(bundle, TEXT, 3, force=[*prefix, bundle.card.tokens.end])
    assert tokens_of(whole, whole.hypotheses[0]) == [*prefix, bundle.card.tokens.end]
    assert len(whole.nodes) == len(prefix) + 1


def test_the_length_limit_finishes_what_is_left(bundles: dict[str, Bundle]) -> None:
    tree = searched(bundles["translate-en-fr"], TEXT, 4, max_length=3)
    assert tree.depth == 3
    assert len(tree.hypotheses) == 4
    assert {len(tokens_of(tree, number)) for number in tree.hypotheses} == {3}


def test_normalisation_orders_the_finished(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["translate-en-fr"]
    plain, long = (searched(bundle, "no, thank you very much", 4, alpha) for alpha in (0.0, 2.0))
    assert [tokens_of(plain, n) for n in sorted(plain.hypotheses)] == [
        tokens_of(long, n) for n in sorted(long.hypotheses)
    ]
    for tree, alpha in ((plain, 0.0), (long, 2.0)):
        nodes = [tree.nodes[number] for number in tree.hypotheses]
        scores = [node.log_prob / ((6 + node.step.position) / 6) ** alpha for node in nodes]
        assert scores == pytest.approx([node.score for node in nodes])
        assert scores == sorted(scores, reverse=True)
    assert len(tokens_of(plain, plain.hypotheses[0])) < len(tokens_of(long, long.hypotheses[0]))


def test_a_search_of_a_run_leaves_it_as_it_is(bundles: dict[str, Bundle]) -> None:
    for name in NAMES:
        decoder = Decoder(bundles[name])
        decoder.start(source_of(bundles[name], TEXT))
        for _ in range(3):
            decoder.step()
        before = decoder.trace
        tree = decoder.beam(SearchOptions(3), keep=2)
        assert tokens_of(tree, tree.hypotheses[0])[:2] == [step.token for step in before.steps[:2]]
        assert tree.given == 2
        assert [step.token for step in decoder.trace.steps] == [step.token for step in before.steps]
        free = decoder.beam(SearchOptions(3))
        alone = searched(bundles[name], TEXT, 3)
        assert [tokens_of(free, n) for n in free.hypotheses] == [tokens_of(alone, n) for n in alone.hypotheses]


def test_a_search_draws_nothing_and_feels_the_other_switches(bundles: dict[str, Bundle]) -> None:
    bundle = bundles["translate-en-fr"]
    source, controls = source_of(bundle, TEXT), default_controls(bundle.card)
    drawing = controls.replace(strategy=Strategy(TOP_P, seed=3))
    options = SearchOptions(2)
    (plain,), (drawn,) = (beam_search(bundle, [source], each, options) for each in (controls, drawing))
    assert [n.log_prob for n in plain.nodes] == [n.log_prob for n in drawn.nodes]
    masked = controls.replace(bias=(BiasEdit(None, 2, -math.inf),))
    (tree,) = beam_search(bundle, [source], masked, options)
    assert all(node.step.weights[2] == 0.0 for node in tree.nodes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SearchOptions(0), "beam width 0 is out of range; it goes from 1 to 16"),
        (lambda: SearchOptions(17), "beam width 17 is out of range; it goes from 1 to 16"),
        (lambda: SearchOptions(2, -0.1), "length penalty -0.1 is out of range; it goes from 0 to 2"),
        (lambda: SearchOptions(2, math.nan), "length penalty nan is out of range; it goes from 0 to 2"),
    ],
)
def test_options_out_of_range_are_named(make: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == message


def test_no_sources_give_no_trees(bundles: dict[str, Bundle]) -> None:
    none: Sequence[Source] = []
    bundle = bundles["translate-en-fr"]
    assert beam_search(bundle, none, default_controls(bundle.card), SearchOptions()) == []
