"""An opened bundle: card, vocabularies and graphs, ready to decode."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import BundleError, InputError
from explorer.runtime.card import Card
from explorer.runtime.card_reader import GRAPH_FILES, SOURCE_FILE, TARGET_FILE, read_card, read_files
from explorer.runtime.catalog import find_bundle
from explorer.runtime.family import Family
from explorer.runtime.graphs import DeviceGraphs, Graphs, HostGraphs
from explorer.runtime.interface import check_interface
from explorer.runtime.labels import printable
from explorer.runtime.onnx_scan import check_self_contained
from explorer.runtime.pictures import read_picture
from explorer.runtime.recurrent import RecurrentFamily
from explorer.runtime.sessions import ProviderChoice, load_runtime, open_sessions
from explorer.runtime.text import Vocabulary
from explorer.runtime.trace import Source
from explorer.runtime.transformer import TransformerFamily

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


@dataclass(frozen=True, eq=False)
class Bundle:
    """A model that can be run.

    Attributes:
        folder: Where it was read from.
        card: What it says about itself.
        words: The source vocabulary; None for a model that reads pictures.
        target: The target vocabulary.
        graphs: Encoder and step.
        family: How they are used.
        provider: Where the graphs run, and why.
    """

    folder: Path
    card: Card
    words: Vocabulary | None
    target: Vocabulary
    graphs: Graphs
    family: Family
    provider: ProviderChoice

    @property
    def source(self) -> Vocabulary:
        """The source vocabulary.

        Raises:
            InputError: The model reads pictures.
        """
        if self.words is None:
            raise InputError(f"{self.card.name} reads pictures, not text: `attn-explore caption IMAGE`")
        return self.words

    def read_source(self, given: str) -> Source:
        """Read what a person gave: a sentence, or for a model that reads pictures the name of a file or of a scene.

        Raises:
            InputError: It cannot be read.
        """
        if self.card.image is not None:
            return read_picture(given, self.card.image)
        return self.source.encode_source(given, self.card.sizes.max_source)


def open_bundle(name_or_path: str | os.PathLike[str], provider: str = "auto") -> Bundle:
    """Open a shipped bundle by name, or anybody's by the path of its folder.

    A bundle is untrusted: everything is read once, compared with the card, looked through for references to the
    outside, and only then given to ONNX Runtime, as bytes.

    Args:
        name_or_path: A name that `attn-explore models` lists; with a path separator, or a ``Path``: a folder.
        provider: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        BundleError: The bundle is missing, malformed, changed or of another version; names file and field.
        ProviderError: `provider` cannot be used here.
    """
    folder = find_bundle(name_or_path)
    card = read_card(folder)
    with ThreadPoolExecutor(max_workers=1) as pool:
        reading = pool.submit(read_files, folder, card)
        load_runtime()  # 60 ms of imports, in which the other core has read and hashed the files
        files = reading.result()
    try:
        return _open(folder, card, files, provider)
    except BundleError as error:
        raise BundleError(f"{printable(str(folder))}/{error}") from error


def _open(folder: Path, card: Card, files: dict[str, bytes], provider: str) -> Bundle:
    graphs = {name: files[name] for name in GRAPH_FILES}
    for name, data in graphs.items():
        check_self_contained(data, name)
    target = Vocabulary(files[TARGET_FILE], TARGET_FILE, card.tokens, card.sizes.target_vocab)
    words = None
    if card.image is None:
        words = Vocabulary(files[SOURCE_FILE], SOURCE_FILE, card.tokens, card.sizes.source_vocab)
    sessions, choice = open_sessions(graphs, provider)
    check_interface(sessions, card)
    family = _family(card, sessions)
    runner = DeviceGraphs if choice.name == "cuda" else HostGraphs
    return Bundle(folder, card, words, target, runner(sessions, family.wiring), family, choice)


def _family(card: Card, sessions: dict[str, InferenceSession]) -> Family:
    if card.heads is None:
        return RecurrentFamily(card)
    optional = {value.name for session in sessions.values() for value in session.get_overridable_initializers()}
    return TransformerFamily(card, card.heads, frozenset(optional))
