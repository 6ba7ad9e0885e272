"""Shipped bundles, opened once, and copies to damage."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.catalog import find_bundle
from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.switches import default_controls

NAME = "translate-en-fr"


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The shipped English → French model on the CPU."""
    return open_bundle(NAME, "cpu")


@pytest.fixture(scope="session")
def transformer() -> Bundle:
    """The shipped German → English Transformer on the CPU."""
    return open_bundle("transformer-de-en", "cpu")


@pytest.fixture
def controls(bundle: Bundle) -> Controls:
    """The switches that its card starts with."""
    return default_controls(bundle.card)


@pytest.fixture
def decoder(bundle: Bundle) -> Decoder:
    """A decoder with a sentence, before its first step."""
    decoder = Decoder(bundle)
    decoder.start("Two small dogs run across the wet grass.")
    return decoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped bundle."""
    return Path(shutil.copytree(find_bundle(NAME), tmp_path / "copy"))
