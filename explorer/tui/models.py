"""The models that can be opened, and carrying a source and its prefix from one to another. No Textual here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.render.scores import figures_of, place_of
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.card import Card
from explorer.runtime.card_reader import read_card
from explorer.runtime.catalog import find_bundle, shipped_bundles
from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.labels import printable
from explorer.runtime.switches import default_controls
from explorer.tui.examples import examples_for
from explorer.tui.recording import Recorder
from explorer.tui.snapshot import Snapshot
from explorer.tui.stepper import Stepper

HARMLESS_TEXT = "yes."
TARGET_FILE = "target.json"


@dataclass(frozen=True, slots=True)
class Listed:
    """A bundle of the list.

    Attributes:
        folder: Where it is.
        card: Its card; None where that cannot be read.
        problem: Why not.
        current: Whether it is the model in use.
    """

    folder: Path
    card: Card | None
    problem: str
    current: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A model that was opened on the source of another one.

    Attributes:
        bundle: The model.
        stepper: A stepper on it.
        snapshot: Its state.
        text: The source.
        note: What became of source and prefix, in a sentence.
    """

    bundle: Bundle
    stepper: Stepper
    snapshot: Snapshot
    text: str
    note: str


class OpenModels:
    """Models that were opened in this session, so that going back to one takes no time."""

    def __init__(
        self,
        first: Bundle,
        opener: Callable[[Path, str], Bundle] = open_bundle,
        recorder: Recorder | None = None,
    ) -> None:
        """Begin with the first model.

        Args:
            first: The model in use.
            opener: What opens the others, given a folder and a provider.
            recorder: What is done on them; None for a session that begins here.
        """
        self.recorder = recorder or Recorder()
        self._opener = opener
        self._provider = first.provider.name
        self._bundles = {first.folder.absolute(): first}

    def open(self, folder: Path) -> Bundle:
        """Return the model of a folder, opened once, on the provider of the first one.

        Raises:
            ExplorerError: It cannot be opened.
        """
        place = folder.absolute()
        if place not in self._bundles:
            self._bundles[place] = self._opener(folder, self._provider)
        return self._bundles[place]

    def named(self, model: str) -> Bundle:
        """Return a model by its name or its folder, as `open`.

        Raises:
            ExplorerError: It cannot be opened.
        """
        return self.open(find_bundle(model))


def listed_models(current: Bundle) -> list[Listed]:
    """Return the shipped bundles, and the one in use where it is none of them."""
    folders = list(shipped_bundles().values())
    if not any(_same(folder, current.folder) for folder in folders):
        folders.insert(0, current.folder)
    return [_listed(folder, current) for folder in folders]


def best_scores(card: Card) -> tuple[str, ...]:
    """Return the best score of each test set that a card names: "BLEU 55.1 multi30k test-2016".

    A card may be anybody's: what is not as expected is passed over.
    """
    lines: list[str] = []
    for name, facts in card.scores.items():
        best = facts.get("best") if isinstance(facts, dict) else None
        lines += [f"{figure.title} {figure.written(value)} {place_of(name)}" for figure, value in figures_of(best)]
    return tuple(lines)


def carried(bundle: Bundle, old: Opened, stepper: Stepper | None = None) -> Opened:
    """Put the source and the prefix of one model into another.

    With one target vocabulary the very tokens are kept; with one target language the emitted text is tokenised anew;
    otherwise the target begins anew. With another task or source language the source is an example.

    Args:
        bundle: The model to go on with.
        old: What is on the screen.
        stepper: A stepper on `bundle`; None makes one.
    """
    stepper = stepper or Stepper(Decoder(bundle))
    card, before = bundle.card, old.bundle.card
    controls = carried_controls(card, before, old.snapshot.trace.controls)
    if (card.task, card.languages.source) != (before.task, before.languages.source):
        examples = examples_for(card)
        text = examples[0] if examples else HARMLESS_TEXT
        other = "task" if card.task != before.task else "source language"
        return Opened(bundle, stepper, stepper.start(text, controls), text, f"another {other}: an example")
    try:
        snapshot = stepper.start(old.text, controls)
    except ExplorerError as error:
        text = HARMLESS_TEXT
        snapshot = stepper.start(text, controls)
        return Opened(bundle, stepper, snapshot, text, f"it cannot read this source: {printable(str(error))}")
    tokens, note = prefix_of(bundle, old)
    if tokens:
        snapshot = stepper.follow(tokens)
        if any(step.forced for step in snapshot.trace.steps):
            note += "; * where it would have said something else"
    return Opened(bundle, stepper, snapshot, old.text, note)


def carried_controls(card: Card, before: Card, controls: Controls) -> Controls:
    """Return the new model's own switches, with those of the old one that both have; its heads are other heads."""
    fresh = default_controls(card)
    kept = controls.replace(layer=fresh.layer, head=fresh.head, aggregate=fresh.aggregate, removed=())
    alignment = controls.alignment if controls.alignment in card.switches.alignments else fresh.alignment
    attention = controls.attention if controls.attention in card.switches.attentions else fresh.attention
    bounds, heat = card.switches.window, card.switches.temperature
    window = fresh.window
    if bounds is not None and before.switches.window is not None:
        window = min(max(controls.window, bounds.minimum), bounds.maximum)
    same_source = _checksum(card, "source.json") == _checksum(before, "source.json") is not None
    return kept.replace(
        alignment=alignment,
        attention=attention,
        window=window,
        temperature=min(max(controls.temperature, heat.minimum), heat.maximum),
        bias=tuple(edit for edit in controls.bias if same_source and edit.place is None),
        weights=tuple(
            dataclasses.replace(edit, layer=None, head=None)
            for edit in controls.weights
            if same_source and edit.place is None
        ),
    )


def prefix_of(bundle: Bundle, old: Opened) -> tuple[tuple[int, ...], str]:
    """Return the tokens that the new target begins with, and what is said about them."""
    card, before, trace = bundle.card, old.bundle.card, old.snapshot.trace
    if not trace.steps:
        return (), "the same source"
    if card.languages.target != before.languages.target:
        return (), "another target language: the target begins anew"
    checksum = _checksum(card, TARGET_FILE)
    if checksum is not None and checksum == _checksum(before, TARGET_FILE):
        return tuple(step.token for step in trace.steps)[: card.sizes.max_target], "the same source and prefix"
    if not trace.text:
        return (), "the same source"
    try:
        tokens = bundle.target.encode_target(trace.text, card.sizes.max_target)
    except ExplorerError:
        return (), "its vocabulary cannot spell the prefix: the target begins anew"
    return tokens, "another vocabulary: the prefix is tokenised anew"


def _listed(folder: Path, current: Bundle) -> Listed:
    if _same(folder, current.folder):
        return Listed(folder, current.card, "", True)
    try:
        return Listed(folder, read_card(folder), "", False)
    except ExplorerError as error:
        return Listed(folder, None, printable(str(error)), False)


def _same(one: Path, other: Path) -> bool:
    return one.absolute() == other.absolute()


def _checksum(card: Card, name: str) -> str | None:
    return card.files[name].sha256 if name in card.files else None
