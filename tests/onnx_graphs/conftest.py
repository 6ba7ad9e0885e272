from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from models import checkpoint, corpus
from models.families import Model
from models.recipes import RECIPES
from models.recurrent import RecurrentConfig, RecurrentModel

SCRIPTS = Path(__file__).resolve().parents[2] / "onnx"
sys.path.append(str(SCRIPTS))  # the scripts find each other so when they are run by path

LINES = ["a small boat on a wide river", "the ferry-man's lamp, at last!", "nobody here (but us)?"] * 4


@pytest.fixture(scope="session")
def training(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training folder of a tiny model that was never trained."""
    folder = tmp_path_factory.mktemp("training")
    torch.manual_seed(4)
    source, target = save_vocabularies(folder)
    config = RecurrentConfig(source.get_vocab_size(), target.get_vocab_size(), hidden=16, max_source=70)
    model = RecurrentModel(config)
    with torch.no_grad():
        model.decoder.alignments["location"].weight.normal_()  # type: ignore[operator]
        model.decoder.bias.normal_()
    save_untrained(folder, "translate-en-fr", model)
    return folder


def save_untrained(folder: Path, recipe: str, model: Model) -> None:
    """Write a checkpoint as a training does, with made-up facts."""
    entries = [dataclasses.asdict(entry) for entry in RECIPES[recipe].corpora]
    facts = {
        "recipe": recipe,
        "seed": 1,
        "updates": 0,
        "target_tokens": 0,
        "seconds": 0,
        "dev_loss": 4.25,
        "pairs": {entry["name"]: 12 for entry in entries},
        "corpora": entries,
        "torch": str(torch.__version__),
        "device": "cpu",
    }
    content = {
        "family": RECIPES[recipe].family,
        "config": checkpoint.config_dict(model.config),
        "best_model": model.state_dict(),
        "facts": facts,
    }
    checkpoint.save(folder, content)


def save_vocabularies(folder: Path) -> tuple[Tokenizer, Tokenizer]:
    """Write vocabularies of the lines above and return them."""
    source, target = (corpus.train_vocabulary(iter(LINES), 80, language) for language in ("en", "fr"))
    for vocabulary, name in zip((source, target), checkpoint.VOCABULARIES, strict=True):
        vocabulary.save(str(folder / name))
    return source, target


@pytest.fixture(scope="session")
def export_run(training: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The export script, run by path as a person does; its last argument is the bundle."""
    folder = tmp_path_factory.mktemp("graphs") / "translate-en-fr"
    command = [sys.executable, str(SCRIPTS / "export_graphs.py"), str(training / "checkpoint.pt"), str(folder)]
    return subprocess.run(command, cwd=SCRIPTS.parent, capture_output=True, text=True, check=True)


@pytest.fixture(scope="session")
def exported(export_run: subprocess.CompletedProcess[str]) -> Path:
    """The bundle of the tiny model; not to be changed."""
    return Path(export_run.args[-1])


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be broken."""
    return shutil.copytree(exported, tmp_path / "bundle")
