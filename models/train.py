"""Train a recipe: ``python -m models.train NAME --data DIR --out DIR``. The same command resumes."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from tokenizers import Tokenizer
from torch import nn

from models import checkpoint, corpus
from models.families import new_config, new_model
from models.objective import new_objective, new_optimisers
from models.pretraining import Phases, word_starts
from models.recipes import RECIPES, CorpusFile, Recipe

log = logging.getLogger("models.train")
SAVE_SECONDS = 180.0
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


@dataclass
class Progressed:
    """How far a training has come."""

    pool: int = 0
    updates: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_loss: float = math.inf
    stale: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class Trainer:
    """One training run: the model, its optimiser, its data and how far it has come."""

    def __init__(self, recipe: Recipe, data: Path, out: Path, device: torch.device) -> None:
        self.recipe, self.out, self.device = recipe, out, device
        out.mkdir(parents=True, exist_ok=True)
        pairs = [corpus.read_pairs(data / entry.train, entry.reverse) for entry in recipe.corpora]
        source, target = load_or_train_vocabularies(recipe, pairs, out)
        encoded = [tuple(corpus.encode_pairs(each, source, target, recipe.longest)) for each in pairs]
        self.pair_counts = {entry.name: len(each) for entry, each in zip(recipe.corpora, encoded, strict=True)}
        log.info("pairs: %s", self.pair_counts)
        shares = tuple(entry.share for entry in recipe.corpora)
        pool_pairs = min(recipe.pool_pairs, sum(self.pair_counts.values()))  # a small corpus is judged on dev as often
        mixture = corpus.Mixture(tuple(encoded), shares, recipe.seed, pool_pairs)
        self.pools = Phases(mixture, recipe.pretraining, word_starts(source))
        if recipe.pretraining.pools:
            log.info("pretraining: %s", recipe.pretraining)
        self.dev = self._dev_batches(data, source, target)
        torch.manual_seed(recipe.seed)
        self.config = new_config(recipe, source.get_vocab_size(), target.get_vocab_size())
        self.model = new_model(self.config).to(device)
        self.objective = new_objective(self.model, recipe)
        self.optimisers = new_optimisers(self.model, recipe)
        self.best_model = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.progressed = Progressed()
        self._resume()

    def _dev_batches(self, data: Path, source: Tokenizer, target: Tokenizer) -> list[corpus.Batch]:
        batches: list[corpus.Batch] = []
        for entry in self.recipe.corpora:
            pairs = corpus.read_pairs(data / entry.dev, entry.reverse)
            encoded = corpus.encode_pairs(pairs, source, target, self.recipe.longest)
            batches += corpus.cut_batches(encoded, self.recipe.batch_tokens)
        return [batch.to(self.device) for batch in batches]

    def _resume(self) -> None:
        content = checkpoint.load_content(self.out)
        if content is None:
            return
        self.model.load_state_dict(content["model"])
        self.best_model = content["best_model"]
        for optimiser, state in zip(self.optimisers, content["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.progressed = Progressed(**content["progressed"])
        log.info("resumed at %s target tokens", f"{self.progressed.tokens:,}")

    def learning_rate(self) -> float:
        """Return the rate at this point: linear warm-up, then a cosine to 2 % of the peak."""
        done = min(1.0, self.progressed.tokens / self.recipe.target_tokens)
        if done < self.recipe.warmup:
            return self.recipe.learning_rate * max(done / self.recipe.warmup, 0.01)
        falling = (done - self.recipe.warmup) / (1 - self.recipe.warmup)
        return self.recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * falling)) / 2)

    def finished(self) -> bool:
        """Whether the token budget is spent or dev has stopped getting better."""
        spent = self.progressed.tokens >= self.recipe.target_tokens
        return spent or self.progressed.stale >= self.recipe.patience

    def run(self) -> Iterator[float]:
        """Train to the end; yields the running loss per token after every update."""
        average, saved = math.nan, time.monotonic()
        while not self.finished():
            random = np.random.default_rng([self.recipe.seed, 7, self.progressed.pool])
            torch.manual_seed(self.recipe.seed * 100_003 + self.progressed.pool)
            for batch in self.pools.pool(self.progressed.pool, self.recipe.batch_tokens):
                started = time.monotonic()
                loss = self._update(batch.to(self.device), random)
                average = loss if math.isnan(average) else 0.98 * average + 0.02 * loss
                self.progressed.seconds += time.monotonic() - started
                yield average
            self.progressed.pool += 1
            if self.progressed.pool == self.recipe.pretraining.pools:
                log.info("pretrained: %d pools, %s target tokens", self.progressed.pool, f"{self.progressed.tokens:,}")
            if self.progressed.pool % 4 == 0 or self.finished():
                self._judge(average)
            if self.finished() or time.monotonic() - saved > SAVE_SECONDS:
                self._save()
                saved = time.monotonic()
        self._save()

    def _update(self, batch: corpus.Batch, random: np.random.Generator) -> float:
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
            for group in optimiser.param_groups:
                group["lr"] = self.learning_rate() * group.get("share", 1.0)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss = self.objective.training_loss(batch, random)
        tokens = batch.tokens
        (loss / tokens).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
        self.progressed.updates += 1
        self.progressed.tokens += tokens
        return float(loss.detach()) / tokens

    def _judge(self, train_loss: float) -> None:
        progressed, loss = self.progressed, self.objective.mean_dev_loss(self.dev)
        if loss < progressed.best_loss:
            progressed.best_loss, progressed.stale = loss, 0
            self.best_model = {name: value.clone() for name, value in self.model.state_dict().items()}
        elif not self.pools.pretrains(progressed.pool - 1):  # nothing of the task has been seen
            progressed.stale += 1
        progressed.history.append({"tokens": progressed.tokens, "train": train_loss, "dev": loss})
        log.info(
            "tokens %s · updates %d · train %.4f · dev %.4f · best %.4f · %.0f tokens/s · rate %.5f",
            f"{progressed.tokens:,}",
            progressed.updates,
            train_loss,
            loss,
            progressed.best_loss,
            progressed.tokens / max(progressed.seconds, 1e-9),
            self.learning_rate(),
        )

    def _save(self) -> None:
        facts: dict[str, Any] = {
            "recipe": self.recipe.name,
            "seed": self.recipe.seed,
            "updates": self.progressed.updates,
            "target_tokens": self.progressed.tokens,
            "seconds": round(self.progressed.seconds),
            "dev_loss": self.progressed.best_loss,
            "pairs": self.pair_counts,
            "corpora": [dataclasses.asdict(entry) for entry in self.recipe.corpora],
            "torch": str(torch.__version__),
            "device": self.device.type,
        }
        content = {
            "family": self.recipe.family,
            "config": checkpoint.config_dict(self.config),
            "model": self.model.state_dict(),
            "best_model": self.best_model,
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "progressed": dataclasses.asdict(self.progressed),
            "facts": facts,
        }
        checkpoint.save(self.out, content)


def load_or_train_vocabularies(
    recipe: Recipe, pairs: list[list[corpus.Pair]], out: Path
) -> tuple[Tokenizer, Tokenizer]:
    """Return the vocabularies of the training folder, made on the first run."""
    paths = [out / name for name in checkpoint.VOCABULARIES]
    for column, (path, language) in enumerate(
        zip(paths, (recipe.source_language, recipe.target_language), strict=True)
    ):
        if path.exists():
            continue
        if recipe.shared and column:
            shutil.copyfile(paths[0], path)
            continue
        lines = (
            text
            for entry, each in zip(recipe.corpora, pairs, strict=True)
            for _ in range(entry.vocabulary_repeats)
            for pair in each
            for text in (pair if recipe.shared else (pair[column],))
        )
        corpus.train_vocabulary(lines, recipe.vocabulary, language, recipe.numbers).save(str(path), pretty=False)
    source, target = (Tokenizer.from_file(str(path)) for path in paths)
    return source, target


def adapt(recipe: Recipe, tsv: Path | None, dev: Path | None, tokens: int | None) -> Recipe:
    """Return the recipe with a user's own files or another length of training."""
    if tsv is not None:
        own = CorpusFile(
            tsv.stem, str(tsv.resolve()), str((dev or tsv).resolve()), 1.0, str(tsv.name), "the user's own"
        )
        recipe = dataclasses.replace(recipe, corpora=(own,))
    return recipe if tokens is None else dataclasses.replace(recipe, target_tokens=tokens)


def bar(recipe: Recipe) -> Progress:
    """Return the progress bar: share done, tokens a second, loss, time left."""
    columns = (
        TextColumn(recipe.name),
        BarColumn(),
        TextColumn("{task.percentage:.1f} % · {task.fields[speed]:.0f} tokens/s · loss {task.fields[loss]:.3f} · left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())


@click.command()
@click.argument("name", type=click.Choice(list(RECIPES)))
@click.option("--data", type=FOLDER, default=".", help="Folder of the corpora; not needed with --tsv.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Training folder.")
@click.option(
    "--tsv", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Your own source-target pairs."
)
@click.option(
    "--dev", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Your own pairs for early stopping."
)
@click.option("--tokens", type=int, help="Target tokens to train for, instead of the recipe's.")
@click.option("--seed", type=int, help="Seed, instead of the recipe's.")
@click.option("--device", default="cuda" if torch.cuda.is_available() else "cpu", show_default=True)
def main(
    name: str,
    data: Path,
    out: Path,
    tsv: Path | None,
    dev: Path | None,
    tokens: int | None,
    seed: int | None,
    device: str,
) -> None:
    """Train the recipe NAME into a folder; run again to resume."""
    recipe = adapt(RECIPES[name], tsv, dev, tokens)
    if seed is not None:
        recipe = dataclasses.replace(recipe, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.FileHandler(out / "train.log"), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    trainer = Trainer(recipe, data, out, torch.device(device))
    with bar(recipe) as progress, contextlib.suppress(KeyboardInterrupt):
        task = progress.add_task("train", total=recipe.target_tokens, speed=0.0, loss=math.nan)
        for loss in trainer.run():
            done = trainer.progressed
            progress.update(task, completed=done.tokens, loss=loss, speed=done.tokens / max(done.seconds, 1e-9))
    log.info("finished: best dev loss %.4f", trainer.progressed.best_loss)


if __name__ == "__main__":
    main()
