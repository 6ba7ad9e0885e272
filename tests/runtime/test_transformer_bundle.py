"""Transformer bundles that are not what they should be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import onnx
import pytest

from explorer.errors import BundleError, InputError
from explorer.runtime.bundle import open_bundle
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle
from explorer.runtime.controls import HeadKey
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import SELF
from explorer.runtime.transformer import TransformerFamily

from .damage import Json, edit_card, edit_graph, rename_value


@pytest.fixture
def transformer(tmp_path: Path) -> Path:
    """A copy of the shipped Transformer."""
    return Path(shutil.copytree(find_bundle("transformer-en-fr"), tmp_path / "transformer"))


def refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as caught:
        open_bundle(folder, "cpu")
    return str(caught.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda card: card.pop("heads"), "heads: missing, the family is 'transformer'"),
        (lambda card: card["heads"].update(layers=0), "heads.layers: must be from 1 to 64"),
        (lambda card: card["heads"].update(heads=10**9), "heads.heads: must be from 1 to 64"),
        (lambda card: card["heads"].update(heads=3), "heads.heads: 3 heads do not share 256 hidden units equally"),
        (lambda card: card["heads"].update(depth=3), "heads.depth: unknown field"),
        (
            lambda card: card["switches"].update(window={"default": 1.0, "minimum": 1.0, "maximum": 2.0}),
            "switches.window: a Transformer has no local attention",
        ),
        (lambda card: card["switches"].update(layer=7, head=0), "switches.layer: 7 is outside 0 to 2"),
        (lambda card: card["switches"].update(layer=None, head=0), "switches.head: a head needs its layer"),
    ],
)
def test_a_card_that_does_not_fit_is_named(transformer: Path, edit: Any, message: str) -> None:
    edit_card(transformer, edit)
    with pytest.raises(BundleError) as caught:
        read_card(transformer)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            lambda card: card.update(heads={"layers": 1, "encoder_layers": 1, "heads": 1, "encoder": "attention"}),
            "heads: only a Transformer has them, the family is 'recurrent'",
        ),
        (lambda card: card["switches"].pop("window"), "switches.window: missing"),
        (lambda card: card["switches"].update(layer=0), "switches.layer: only a Transformer has heads"),
    ],
)
def test_a_recurrent_card_has_no_heads(folder: Path, edit: Any, message: str) -> None:
    edit_card(folder, edit)
    with pytest.raises(BundleError) as caught:
        read_card(folder)
    assert message in str(caught.value)


def test_an_output_that_is_missing_is_named(transformer: Path) -> None:
    edit_graph(transformer, "step.onnx", lambda model: rename_value(model, "cross_weights", "looks"))
    assert refusal(transformer) == f"{transformer}/step.onnx: output 'cross_weights' is missing"


def test_layers_that_the_graph_does_not_have_are_named(transformer: Path) -> None:
    def two(card: Json) -> None:
        card["heads"]["layers"] = 2
        card["switches"] = {name: value for name, value in card["switches"].items() if name not in ("layer", "head")}

    edit_card(transformer, two)
    assert "memory' has memory 1536, the card says 1024" in refusal(transformer)


def test_a_gate_without_a_default_is_an_unknown_input(transformer: Path) -> None:
    def require(model: onnx.ModelProto) -> None:
        place = [tensor.name for tensor in model.graph.initializer].index("self_gate")
        del model.graph.initializer[place]

    edit_graph(transformer, "step.onnx", require)
    assert "unknown input 'self_gate'" in refusal(transformer)


def test_a_graph_without_the_optional_gate_says_so_when_it_is_asked_for() -> None:
    bundle = open_bundle("transformer-en-fr", "cpu")
    assert bundle.card.heads is not None
    bare = TransformerFamily(bundle.card, bundle.card.heads, frozenset())
    decoder = Decoder(type(bundle)(**{**vars(bundle), "family": bare}))
    decoder.start("two dogs run.")
    decoder.end(2)
    with pytest.raises(InputError, match="cannot remove heads of self attention: its graph has no input self_gate"):
        decoder.replay(decoder.controls.replace(removed=(HeadKey(SELF, 0, 0),)))
    assert decoder.controls.removed == ()
