"""The list of models, and carrying source and prefix over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.widgets import OptionList

from explorer.errors import BundleError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card import File
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.controls import HeadKey
from explorer.runtime.decoder import Decoder
from explorer.runtime.heads import CROSS
from explorer.runtime.switches import default_controls
from explorer.tui.app import ExplorerApp
from explorer.tui.examples import ENGLISH, NEWS
from explorer.tui.models import Listed, Opened, OpenModels, best_scores, carried, carried_controls, listed_models
from explorer.tui.screens.models import ModelsScreen, describe
from explorer.tui.stepper import Stepper
from explorer.tui.widgets.bars import KeyBar
from explorer.tui.widgets.head_picker import HeadPicker
from tests.tui.conftest import TEXT, press, settle
from tests.tui.scripted import ScriptedStepper, made_up_bundle
from tests.tui.scripted_heads import transformer_bundle

SIZE = (120, 40)
TRANSFORMER = "transformer-en-fr"


@pytest.fixture(scope="module")
def transformer() -> Bundle:
    if TRANSFORMER not in shipped_bundles():
        pytest.skip(f"{TRANSFORMER} is not shipped")
    return open_bundle(TRANSFORMER, "cpu")


@pytest.fixture(scope="module")
def german() -> Bundle:
    return open_bundle("translate-de-en", "cpu")


def begun(bundle: Bundle, steps: int, text: str = TEXT) -> Opened:
    stepper = Stepper(Decoder(bundle))
    stepper.start(text, default_controls(bundle.card))
    for _ in range(steps):
        stepper.step()
    return Opened(bundle, stepper, stepper.snapshot, text, "")


# --- the list -----------------------------------------------------------------------------------------------------


def test_shipped_models_are_listed_and_the_one_in_use_is_marked(bundle: Bundle) -> None:
    listed = listed_models(bundle)
    assert [entry.folder.name for entry in listed] == list(shipped_bundles())
    assert [entry.folder.name for entry in listed if entry.current] == ["translate-en-fr"]


def test_a_model_of_a_folder_is_listed_too() -> None:
    strange = made_up_bundle()
    assert listed_models(strange)[0].card is strange.card
    assert listed_models(strange)[0].current


def test_a_line_names_size_and_best_scores(bundle: Bundle) -> None:
    text = describe(Listed(bundle.folder, bundle.card, "", True)).plain
    assert text.startswith("▸ translate-en-fr")
    assert f"{bundle.card.sizes.parameters / 1e6:.1f} M parameters" in text
    best = bundle.card.scores["multi30k test-2016"]["best"]["bleu"]
    assert f"BLEU {best:.1f} multi30k test-2016" in text


def test_a_model_that_cannot_be_read_is_named_with_the_reason() -> None:
    assert describe(Listed(Path("x/broken"), None, "x/card.json: missing", False)).plain.split("\n") == [
        "  broken",
        "    x/card.json: missing",
    ]


def test_rouge_is_named_as_the_field_does() -> None:
    best = {"alignment": "dot", "attention": "global", "rouge_1": 40.0, "rouge_2": 20.0, "rouge_l": 33.456}
    assert best_scores(transformer_bundle(scores={"news": {"best": best}}).card) == ("ROUGE-L 33.46 news",)


@pytest.mark.parametrize(
    "scores",
    [{"x": 1}, {"x": {"best": []}}, {"x": {"best": {"bleu": "high"}}}, {"x": {"best": {"bleu": float("inf")}}}],
)
def test_what_a_strange_card_says_of_scores_is_passed_over(scores: dict[str, Any]) -> None:
    card = transformer_bundle(scores=scores).card
    assert best_scores(card) == ()
    assert "no scores in its card" in describe(Listed(Path("x"), card, "", False)).plain


# --- carrying over ------------------------------------------------------------------------------------------------


def test_one_vocabulary_keeps_the_very_tokens(bundle: Bundle, transformer: Bundle) -> None:
    old = begun(bundle, 4)
    new = carried(transformer, old)
    assert new.text == TEXT
    assert [step.token for step in new.snapshot.trace.steps] == [step.token for step in old.snapshot.trace.steps]
    assert new.snapshot.pending
    assert new.note.startswith("the same source and prefix")
    for step in new.snapshot.trace.steps:  # a star is where this model would have said something else
        assert step.forced == (step.token != step.candidates[0].token)


def test_a_finished_sentence_stays_finished(bundle: Bundle, transformer: Bundle) -> None:
    old = begun(bundle, 60)
    assert old.snapshot.trace.finished
    new = carried(transformer, old)
    assert new.snapshot.trace.finished
    assert new.snapshot.trace.text == old.snapshot.trace.text


def test_another_vocabulary_of_the_same_language_is_tokenised_anew(bundle: Bundle) -> None:
    old = begun(bundle, 4)
    card = msgspec.structs.replace(
        bundle.card, files={**bundle.card.files, "target.json": File("0" * 64, 1)}, name="other"
    )
    other = Bundle(bundle.folder, card, bundle.words, bundle.target, bundle.graphs, bundle.family, bundle.provider)
    new = carried(other, old)
    assert new.snapshot.trace.text == old.snapshot.trace.text
    assert "tokenised anew" in new.note


def test_another_source_language_begins_with_an_example(bundle: Bundle, german: Bundle) -> None:
    new = carried(german, begun(bundle, 4))
    assert new.snapshot.emitted == 0
    assert new.text != TEXT
    assert "another source language" in new.note


def test_another_task_begins_with_an_example_of_its_own(bundle: Bundle) -> None:
    card = msgspec.structs.replace(bundle.card, task="summarization")
    other = Bundle(bundle.folder, card, bundle.source, bundle.target, bundle.graphs, bundle.family, bundle.provider)
    new = carried(other, begun(bundle, 4))
    assert new.text == NEWS[0]
    assert new.snapshot.emitted == 0
    assert new.note == "another task: an example"
    assert carried(bundle, new).text == ENGLISH[0]


def test_controls_that_both_models_have_are_kept(bundle: Bundle) -> None:
    recurrent, heads = bundle.card, transformer_bundle().card
    controls = default_controls(recurrent).replace(alignment="dot", attention="local_p", window=3.0, temperature=0.5)
    there = carried_controls(heads, recurrent, controls)
    assert (there.alignment, there.attention, there.window) == ("scaled_dot", "global", 0.0)
    assert (there.temperature, there.layer, there.head) == (0.5, 1, 1)
    removed = there.replace(removed=(HeadKey(CROSS, 0, 0),), layer=0, head=2)
    back = carried_controls(recurrent, heads, removed)
    assert (back.alignment, back.attention, back.temperature) == ("scaled_dot", "global", 0.5)
    assert (back.layer, back.head, back.aggregate, back.removed) == (None, None, None, ())
    assert back.window == default_controls(recurrent).window


def test_a_model_is_opened_once(bundle: Bundle) -> None:
    asked: list[tuple[Path, str]] = []

    def opener(folder: Path, provider: str) -> Any:
        asked.append((folder, provider))
        return made_up_bundle()

    models = OpenModels(bundle, opener)
    assert models.open(bundle.folder) is bundle
    assert models.open(Path("other")) is models.open(Path("other"))
    assert asked == [(Path("other"), "cpu")]


# --- the screen ---------------------------------------------------------------------------------------------------


async def choose(app: ExplorerApp, name: str, pilot: Any) -> None:
    await press(pilot, "M")
    assert isinstance(app.screen, ModelsScreen)
    app.screen.query_one(OptionList).highlighted = list(shipped_bundles()).index(name)
    await press(pilot, "enter")
    await settle(pilot)


async def test_there_and_back_keeps_source_and_prefix(bundle: Bundle, transformer: Bundle) -> None:
    app = ExplorerApp(bundle, TEXT)
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right", "right")
        await choose(app, TRANSFORMER, pilot)
        view = await settle(pilot)
        assert app.bundle.card.name == TRANSFORMER
        assert view.snapshot.trace.model == TRANSFORMER
        assert view.snapshot.trace.source.text == TEXT
        assert [s.token for s in view.snapshot.trace.steps] == [s.token for s in before.snapshot.trace.steps]
        assert app.screen.query_one(HeadPicker).display
        assert "Transformer" in app.screen.query_one("#title").render_line(0).text
        view = await press(pilot, "right")
        assert view.snapshot.emitted == 4
        await choose(app, "translate-en-fr", pilot)
        view = await settle(pilot)
        assert app.bundle is bundle  # not opened twice
        assert view.snapshot.emitted == 4
        assert not app.screen.query(HeadPicker)


async def test_the_model_in_use_changes_nothing(bundle: Bundle) -> None:
    app = ExplorerApp(bundle, TEXT)
    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right")
        screen = app.screen
        await press(pilot, "M", "enter")
        assert app.screen is screen
        assert (await settle(pilot)).snapshot.trace == before.snapshot.trace
        await press(pilot, "M", "escape")
        assert app.screen is screen


async def test_a_model_that_cannot_be_opened_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = ExplorerApp(made_up_bundle(), "made up", ScriptedStepper())

    def broken(folder: Path) -> Bundle:
        raise BundleError("step.onnx: missing")

    async with app.run_test(size=SIZE) as pilot:
        before = await press(pilot, "right", "right")
        monkeypatch.setattr(app._models, "open", broken)
        monkeypatch.setattr(ScriptedStepper, "controls", before.snapshot.trace.controls)
        await choose(app, "translate-de-en", pilot)
        assert app.bundle.card.name == "made-up"
        assert (await settle(pilot)).snapshot.emitted == 2
        assert [notice.message for notice in app._notifications] == ["step.onnx: missing"]


async def test_models_are_in_the_command_palette(bundle: Bundle) -> None:
    app = ExplorerApp(bundle, TEXT)
    async with app.run_test(size=SIZE) as pilot:
        await press(pilot, "right")
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        commands["Model: translate-de-en"]()
        await settle(pilot)
        assert app.bundle.card.name == "translate-de-en"
        assert app.screen.query_one(KeyBar).message.startswith("translate-de-en: ")
