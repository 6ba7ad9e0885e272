"""The shipped recall networks: opened with care, asked about sequences, measured again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from explorer.errors import BundleError, InputError
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.recall import RECALL, Recalled, RecallLab, open_recall, shipped_recall
from explorer.runtime.recall_card import RECALL_CARD

from .damage import Json, edit_card, edit_graph, put_file

SHIPPED = Path(__file__).resolve().parents[2] / "onnx" / "graphs" / RECALL
KINDS = ("tanh", "gru", "attention")
Edit = Callable[[Json], object]


@pytest.fixture(scope="module")
def lab() -> RecallLab:
    return open_recall(SHIPPED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy, to be broken."""
    return shutil.copytree(SHIPPED, tmp_path / RECALL)


@pytest.fixture(scope="module")
def measured(lab: RecallLab) -> dict[str, list[Recalled]]:
    """What the networks make of 200 sequences, by network: others than the card's, which have another seed."""
    drawn = np.random.default_rng(77).integers(len(lab.card.symbols), size=(200, lab.card.measured.src_len))
    results = [lab.answers("".join(lab.card.symbols[number] for number in row)) for row in drawn]
    return {kind: [each[place] for each in results] for place, kind in enumerate(KINDS)}


def test_answers_go_by_distance(lab: RecallLab) -> None:
    for result in lab.answers("31415"):
        assert result.sequence == "31415"
        assert len(result.answers) == 5
        assert result.answers[0] == "5"  # all of them know the last symbol
        assert result.right == tuple(one == other for one, other in zip(result.answers, "51413", strict=True))
        assert result.probability.shape == result.confidence.shape == (5,)
        assert (result.probability <= result.confidence + 1e-6).all()
        surely = np.array(result.right)
        np.testing.assert_array_equal(result.probability[surely], result.confidence[surely])
        assert result.gradient.shape == (5, 5)
        assert [result.gradient[asked, 4 - asked] for asked in range(5)] == result.asked_gradient.tolist()


def test_attention_looks_at_what_is_asked_for(lab: RecallLab) -> None:
    plain, gated, attending = lab.answers("3141592653")
    assert (plain.weights, gated.weights) == (None, None)
    assert attending.weights is not None
    np.testing.assert_allclose(attending.weights.sum(1), 1, atol=1e-5)
    assert attending.weights.argmax(1).tolist() == list(range(9, -1, -1))
    assert attending.gradient.argmax(1).tolist() == list(range(9, -1, -1))
    assert attending.answers == "3562951413"


def test_results_cannot_be_written_to(lab: RecallLab) -> None:
    result = lab.answers("12")[0]
    with pytest.raises(ValueError, match="read-only"):
        result.gradient[0, 0] = 1


def test_white_space_does_not_count(lab: RecallLab) -> None:
    assert lab.answers(" 31 41\n5 ")[0].sequence == "31415"


@pytest.mark.parametrize(
    ("sequence", "message"),
    [
        ("", "nothing to recall: give 1 to 32 symbols of 0123456789"),
        (" \n", "nothing to recall: give 1 to 32 symbols of 0123456789"),
        ("12a4", "symbol 3, 'a', is none of 0123456789"),
        ("1\x1b[2J", r"symbol 2, '\x1B', is none of 0123456789"),
        ("1٣", "symbol 2, '٣', is none of 0123456789"),
        ("1" * 33, "33 symbols are more than the networks can be asked about, 32"),
    ],
)
def test_sequences_that_cannot_be_read(lab: RecallLab, sequence: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        lab.answers(sequence)
    assert str(raised.value) == message


def test_the_shortest_and_the_longest(lab: RecallLab) -> None:
    for length in (1, lab.card.longest):
        assert all(len(result.answers) == length for result in lab.answers("7" * length))


def test_the_card_can_be_measured_again(lab: RecallLab, measured: dict[str, list[Recalled]]) -> None:
    for kind in KINDS:
        right = np.mean([result.right for result in measured[kind]], axis=0)
        accuracy = np.array(lab.accuracy(kind))
        # Five standard errors of two samples, of 200 and of the card's 500 sequences; the mean over distances is surer.
        spread = 5 * np.sqrt(np.maximum(accuracy * (1 - accuracy), 0.01) * (1 / 200 + 1 / lab.card.measured.sequences))
        assert (np.abs(right - accuracy) < spread).all(), kind
        assert abs(right.mean() - accuracy.mean()) < 0.02, kind
        gradient = np.mean([result.gradient.mean(0)[::-1] for result in measured[kind]], axis=0)
        np.testing.assert_allclose(gradient, lab.gradient(kind), rtol=0.15, err_msg=kind)
        asked = np.mean([result.asked_gradient for result in measured[kind]], axis=0)
        np.testing.assert_allclose(asked, lab.gradient(kind, asked=True), rtol=0.6, atol=0.01, err_msg=kind)


def test_the_very_sequences_of_the_card_give_its_figures(lab: RecallLab) -> None:
    told = lab.card.measured
    drawn = np.random.default_rng(told.seed).integers(len(lab.card.symbols), size=(told.sequences, told.src_len))
    right = [[] for _ in KINDS]  # type: list[list[tuple[bool, ...]]]
    norms = [[] for _ in KINDS]  # type: list[list[np.ndarray[Any, Any]]]
    for row in drawn:
        for place, result in enumerate(lab.answers("".join(lab.card.symbols[number] for number in row))):
            right[place].append(result.right)
            norms[place].append(result.asked_gradient)
    for place, kind in enumerate(KINDS):
        np.testing.assert_allclose(np.mean(right[place], axis=0), lab.accuracy(kind), atol=0.0025)
        np.testing.assert_allclose(np.mean(norms[place], axis=0), lab.gradient(kind, asked=True), rtol=0.01)


def test_one_state_forgets_and_attention_does_not(measured: dict[str, list[Recalled]]) -> None:
    right = {kind: np.mean([result.right for result in measured[kind]], axis=0) for kind in KINDS}
    chance = 0.1
    assert right["attention"].min() > 0.99
    for kind in ("tanh", "gru"):
        assert right[kind][:3].min() > 0.9
        assert right[kind][20:30].mean() < 0.3
    assert right["tanh"][20:30].mean() < chance + 0.03  # it guesses
    assert right["gru"][20:30].mean() > right["tanh"][20:30].mean() + 0.07  # gates still hold something
    assert right["gru"].mean() > right["tanh"].mean() + 0.05


def test_gradients_fade_without_attention_alone(measured: dict[str, list[Recalled]]) -> None:
    asked = {kind: np.mean([result.asked_gradient for result in measured[kind]], axis=0) for kind in KINDS}
    fading = {kind: asked[kind][20:30].mean() / asked[kind][:3].mean() for kind in KINDS}
    assert fading["tanh"] < 0.02 < fading["gru"] < 0.1
    assert asked["attention"].max() < 2.5 * asked["attention"].min()


def test_unknown_networks(lab: RecallLab) -> None:
    with pytest.raises(InputError, match="network 'lstm' is not known; there is: tanh, gru, attention"):
        lab.accuracy("lstm")


def test_the_shipped_folder_lies_beside_the_bundles_and_is_none() -> None:
    bundles = shipped_bundles()
    assert shipped_recall() == next(iter(bundles.values())).parent / RECALL
    assert RECALL not in bundles
    assert not (SHIPPED / "card.json").exists()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda card: card.update(format=2), "format: version 2, this attn-explore reads version 1; update"),
        (lambda card: card.update(kind="copy"), "kind: 'copy' is not 'recall'"),
        (lambda card: card.pop("hidden"), "hidden: missing"),
        (lambda card: card.update(extra=1), "extra: unknown field"),
        (lambda card: card.update(symbols="0120"), "symbols: must be 2 to 256 different characters"),
        (lambda card: card.update(symbols="01 "), "symbols: white space cannot be a symbol"),
        (lambda card: card.update(symbols="0\x1b"), r"symbols: has a character that cannot be shown: 0\x1B"),
        (lambda card: card.update(longest=0), "longest: must be from 1 to 1024"),
        (lambda card: card["measured"].update(src_len=99), "measured.src_len: must be from 1 to 32, the longest"),
        (lambda card: card.update(networks=[]), "networks: must be 1 to 8"),
        (lambda card: card["networks"][1].update(name="tanh"), "networks: two have the same name"),
        (lambda card: card["networks"][1].update(file="x.onnx"), "networks[1].file: 'x.onnx' is not one of files"),
        (lambda card: card["networks"][2]["accuracy"].pop(), "networks[2].accuracy: has 31 values, measured.src_len"),
        (lambda card: card["networks"][0]["accuracy"].__setitem__(3, 1.5), "networks[0].accuracy: must be finite"),
        (lambda card: card["networks"][0]["gradient"].__setitem__(3, -1), "networks[0].gradient: must be finite"),
        (lambda card: card["files"]["gru.onnx"].update(sha256="0"), "files.gru.onnx.sha256: must be 64"),
        (lambda card: card["files"]["gru.onnx"].update(sha256="0" * 64), "gru.onnx: changed: its sha256 is"),
        (lambda card: card["files"]["gru.onnx"].update(bytes=3), "gru.onnx: changed: it has"),
        (lambda card: card["files"].update({"../up.onnx": card["files"]["gru.onnx"]}), "must be the plain name"),
        (lambda card: card.update(symbols="0123"), "output 'logits' has symbols 10, the card says 4"),
        (lambda card: card["networks"][1].update(attention=True), "gru.onnx: output 'weights' is missing"),
    ],
)
def test_cards_that_are_refused(folder: Path, edit: Edit, message: str) -> None:
    edit_card(folder, edit, card=RECALL_CARD)
    with pytest.raises(BundleError) as raised:
        open_recall(folder)
    assert message in str(raised.value)
    assert str(folder) in str(raised.value)


def test_missing_files_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "tanh.onnx").unlink()
    with pytest.raises(BundleError, match=r"recall/tanh\.onnx: missing"):
        open_recall(folder)
    with pytest.raises(BundleError, match=r"nowhere/recall\.json: missing"):
        open_recall(tmp_path / "nowhere")


def test_a_file_that_is_no_graph(folder: Path) -> None:
    put_file(folder, "tanh.onnx", b"not a graph", card=RECALL_CARD)
    with pytest.raises(BundleError, match=r"recall/tanh\.onnx: not a readable ONNX file"):
        open_recall(folder)


def test_a_graph_with_data_elsewhere(folder: Path) -> None:
    def point_elsewhere(model: onnx.ModelProto) -> None:
        onnx.external_data_helper.set_external_data(model.graph.initializer[0], "other.bin")

    edit_graph(folder, "tanh.onnx", point_elsewhere, card=RECALL_CARD)
    with pytest.raises(BundleError, match="keeps its data in another file"):
        open_recall(folder)


def test_a_graph_that_fails_when_it_runs(folder: Path) -> None:
    edit_card(folder, lambda card: card.update(longest=64), card=RECALL_CARD)  # the graphs know 32 distances
    lab = open_recall(folder)
    with pytest.raises(BundleError, match=r"tanh\.onnx: fails"):
        lab.answers("1" * 40)
