"""Train a recipe: ``python -m models.train NAME --data DIR --out DIR``. The same command resumes."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
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
from torch import nn

from models import checkpoint
from models.caption_batch import AnyBatch
from models.caption_feed import CaptionFeed
from models.consensus import Consensus
from models.families import new_model
from models.feed import Feed, PairFeed
from models.objective import Objective, new_objective, new_optimisers
from models.recipes import RECIPES, CorpusFile, Recipe
from models.recurrent import RecurrentModel
from models.self_critical import SelfCriticalObjective

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
    self_critical: bool = False
    history: list[dict[str, float]] = field(default_factory=list)


class Trainer:
    """One training run: the model, its optimiser, its data and how far it has come."""

    def __init__(self, recipe: Recipe, data: Path, out: Path, device: torch.device) -> None:
        self.recipe, self.out, self.device = recipe, out, device
        out.mkdir(parents=True, exist_ok=True)
        self.feed = new_feed(recipe, data, out)
        self.pair_counts = self.feed.counts
        log.info("pairs: %s", self.pair_counts)
        if recipe.pretraining.pools:
            log.info("pretraining: %s", recipe.pretraining)
        self.dev = [batch.to(device) for batch in self.feed.dev]
        torch.manual_seed(recipe.seed)
        self.config = self.feed.config
        self.model = new_model(self.config).to(device)
        self.objective: Objective = new_objective(self.model, recipe)
        self.optimisers = new_optimisers(self.model, recipe)
        self.best_model = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.progressed = Progressed()
        self._resume()

    def _resume(self) -> None:
        content = checkpoint.load_content(self.out)
        if content is None:
            return
        self.best_model = content["best_model"]
        if "model" not in content:  # read back from a bundle: what a training has half-way is not there
            self.model.load_state_dict(self.best_model)
            log.info("begins with the weights of a bundle")
            return
        self.model.load_state_dict(content["model"])
        for optimiser, state in zip(self.optimisers, content["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.progressed = Progressed(**content["progressed"])
        if self.progressed.self_critical:
            self.objective = self._self_critical_objective()
        log.info("resumed at %s target tokens", f"{self.progressed.tokens:,}")

    def learning_rate(self) -> float:
        """Return the rate at this point: linear warm-up, a cosine to 2 % of the peak, the last phase's own."""
        if self.progressed.self_critical:
            return self.recipe.self_critical.learning_rate
        done = min(1.0, self.progressed.tokens / self.recipe.target_tokens)
        if done < self.recipe.warmup:
            return self.recipe.learning_rate * max(done / self.recipe.warmup, 0.01)
        falling = (done - self.recipe.warmup) / (1 - self.recipe.warmup)
        return self.recipe.learning_rate * (0.02 + 0.98 * (1 + math.cos(math.pi * falling)) / 2)

    @property
    def budget(self) -> int:
        """Target tokens up to the end of the present phase."""
        more = self.recipe.self_critical.target_tokens if self.progressed.self_critical else 0
        return self.recipe.target_tokens + more

    def finished(self) -> bool:
        """Whether the token budget of the phase is spent or dev has stopped getting better."""
        spent = self.progressed.tokens >= self.budget
        return spent or self.progressed.stale >= self.recipe.patience

    def run(self) -> Iterator[float]:
        """Train to the end; yields the running loss per token after every update."""
        if not self.progressed.self_critical:
            yield from self._train()
            if not self.recipe.self_critical.target_tokens:
                return
            self._begin_self_critical()
        yield from self._train()

    def _train(self) -> Iterator[float]:
        average, saved = math.nan, time.monotonic()
        while not self.finished():
            random = np.random.default_rng([self.recipe.seed, 7, self.progressed.pool])
            torch.manual_seed(self.recipe.seed * 100_003 + self.progressed.pool)
            for batch in self.feed.pool(self.progressed.pool):
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

    def _begin_self_critical(self) -> None:
        """Go on from the best model so far, judged anew by what the last phase is for."""
        self.model.load_state_dict(self.best_model)
        progressed = self.progressed
        progressed.self_critical, progressed.tokens, progressed.stale = True, self.recipe.target_tokens, 0
        progressed.best_loss = math.inf
        self.objective = self._self_critical_objective()
        log.info("self-critical training from here on: dev is minus the consensus of greedy captions")
        self._judge(math.nan)

    def _self_critical_objective(self) -> Objective:
        assert isinstance(self.feed, CaptionFeed)
        assert isinstance(self.model, RecurrentModel)
        return SelfCriticalObjective(self.model, self.recipe, Consensus(self.feed.captions))

    def _update(self, batch: AnyBatch, random: np.random.Generator) -> float:
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
        elif not self.feed.pretrains(progressed.pool - 1):  # nothing of the task has been seen
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


def new_feed(recipe: Recipe, data: Path, out: Path) -> Feed:
    """Return what feeds a recipe's training: pictures where it has an image, else pairs of sentences."""
    return PairFeed(recipe, data, out) if recipe.image is None else CaptionFeed(recipe, data, out)


def adapt(
    recipe: Recipe,
    own: Path | None,
    dev: Path | None,
    tokens: int | None,
    images: Path | None = None,
) -> Recipe:
    """Return the recipe with a user's own files or another length of training.

    Args:
        recipe: The recipe.
        own: Pairs of sentences, or the captions of an image model.
        dev: The same for early stopping.
        tokens: Target tokens to train for.
        images: Where the pictures of both are, if not beside the captions.
    """
    if own is not None:
        place = "" if images is None else str(images.resolve())
        entry = CorpusFile(
            name=own.stem,
            train=str(own.resolve()),
            dev=str((dev or own).resolve()),
            share=1.0,
            origin=own.name,
            licence="the user's own",
            images=place,
        )
        recipe = dataclasses.replace(recipe, corpora=(entry,))
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
    "--captions", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Your own captions, JSON lines."
)
@click.option("--images", type=click.Path(path_type=Path, exists=True), help="Folder or .zip of the captions' images.")
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
    captions: Path | None,
    images: Path | None,
    dev: Path | None,
    tokens: int | None,
    seed: int | None,
    device: str,
) -> None:
    """Train the recipe NAME into a folder; run again to resume."""
    if (captions if RECIPES[name].image is None else tsv) is not None:
        raise click.UsageError(f"{name} learns from {'--tsv' if RECIPES[name].image is None else '--captions'}")
    recipe = adapt(RECIPES[name], tsv or captions, dev, tokens, images)
    if seed is not None:
        recipe = dataclasses.replace(recipe, seed=seed)
    out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.FileHandler(out / "train.log"), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    trainer = Trainer(recipe, data, out, torch.device(device))
    with bar(recipe) as progress, contextlib.suppress(KeyboardInterrupt):
        task = progress.add_task(
            "train", total=recipe.target_tokens + recipe.self_critical.target_tokens, speed=0.0, loss=math.nan
        )
        for loss in trainer.run():
            done = trainer.progressed
            progress.update(task, completed=done.tokens, loss=loss, speed=done.tokens / max(done.seconds, 1e-9))
    log.info("finished: best dev loss %.4f", trainer.progressed.best_loss)


if __name__ == "__main__":
    main()
