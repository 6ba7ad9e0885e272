"""Train the recall networks: ``python -m models.recall_train --out DIR``. The same command resumes."""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import torch
from torch import nn

from models import checkpoint
from models.recall import ALPHABET, KINDS, RecallConfig, RecallModel, draw_sequences, every_distance

log = logging.getLogger("models.recall_train")


@dataclass(frozen=True)
class RecallRecipe:
    """How the networks are trained: all three alike, on the same sequences in the same order.

    Attributes:
        seed: Of the sequences and of the first weights.
        updates: Updates of the weights.
        batch: Sequences of an update, all of one length, which is drawn anew from 1 to the longest; each is asked at
            every distance.
        learning_rate: Adam's at its peak (Kingma 2015).
        warmup: Updates until the peak; a cosine to 2 % of it follows.
        log_every: Updates between two lines of the log, each with a checkpoint.
    """

    seed: int = 1
    updates: int = 10_000
    batch: int = 64
    learning_rate: float = 4e-3
    warmup: int = 200
    log_every: int = 500

    def rate(self, update: int) -> float:
        """Return the learning rate of an update, 0 the first."""
        cosine = 0.02 + 0.98 * (1 + math.cos(math.pi * update / self.updates)) / 2
        return self.learning_rate * min(1.0, (update + 1) / self.warmup) * cosine


@dataclass
class RecallProgress:
    """How far a training has come; the history is the mean loss, in nats, of each stretch between two log lines."""

    updates: int = 0
    seconds: float = 0.0
    history: list[float] = field(default_factory=list)


class RecallTrainer:
    """One training run of one network."""

    def __init__(self, config: RecallConfig, recipe: RecallRecipe, out: Path) -> None:
        self.config, self.recipe, self.out = config, recipe, out
        out.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(recipe.seed)
        self.model = RecallModel(config)
        self.optimiser = torch.optim.Adam(self.model.parameters())
        self.progress = RecallProgress()
        content = checkpoint.load_content(out)
        if content is not None:
            self._resume(content)

    def _resume(self, content: dict[str, Any]) -> None:
        made = {"config": dataclasses.asdict(self.config), "recipe": dataclasses.asdict(self.recipe)}
        for name, wanted in made.items():
            if content[name] != wanted:
                raise click.ClickException(f"{self.out}: trained with another {name}: {content[name]}, not {wanted}")
        self.model.load_state_dict(content["model"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.progress = RecallProgress(**content["progress"])
        log.info("%s: resumed at update %d", self.config.kind, self.progress.updates)

    def run(self) -> Iterator[float]:
        """Train to the end; yields the loss after each update."""
        losses: list[float] = []
        while self.progress.updates < self.recipe.updates:
            started = time.monotonic()
            losses.append(self._update(self.progress.updates))
            self.progress.seconds += time.monotonic() - started
            self.progress.updates += 1
            if self.progress.updates % self.recipe.log_every == 0 or self.progress.updates == self.recipe.updates:
                self.progress.history.append(sum(losses) / len(losses))
                losses.clear()
                self._save()
                log.info(
                    "%s: updates %d · loss %.4f · %.0f s",
                    self.config.kind,
                    self.progress.updates,
                    self.progress.history[-1],
                    self.progress.seconds,
                )
            yield losses[-1] if losses else self.progress.history[-1]

    def _update(self, number: int) -> float:
        """Train on the sequences of update `number`, which are the same in whatever session it is reached."""
        generator = torch.Generator().manual_seed(self.recipe.seed * 1_000_003 + number)
        src_len = int(torch.randint(1, self.config.longest + 1, (), generator=generator))
        symbols = draw_sequences(self.recipe.batch, src_len, generator)
        logits, _ = self.model(symbols, every_distance(symbols))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), symbols.flip(1).flatten())
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate(number)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def _save(self) -> None:
        content = {
            "config": dataclasses.asdict(self.config),
            "recipe": dataclasses.asdict(self.recipe),
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "progress": dataclasses.asdict(self.progress),
        }
        checkpoint.save(self.out, content)


@dataclass(frozen=True)
class RecallTrained:
    """A trained network and how it was trained."""

    model: RecallModel
    recipe: RecallRecipe
    progress: RecallProgress


def load_recall(folder: Path) -> RecallTrained:
    """Read what `RecallTrainer` wrote into a folder.

    Raises:
        FileNotFoundError: There is no checkpoint.
    """
    content = checkpoint.load_content(folder)
    if content is None:
        raise FileNotFoundError(f"{folder}: no {checkpoint.CHECKPOINT}; train first: python -m models.recall_train")
    model = RecallModel(RecallConfig(**content["config"]))
    model.load_state_dict(content["model"])
    return RecallTrained(model.eval(), RecallRecipe(**content["recipe"]), RecallProgress(**content["progress"]))


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Training folder.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, help="Train this network alone; repeatable.")
@click.option("--updates", type=click.IntRange(min=1), default=RecallRecipe.updates, show_default=True)
@click.option("--longest", type=click.IntRange(min=2), default=RecallConfig.longest, show_default=True)
@click.option("--hidden", type=click.IntRange(min=1), default=RecallConfig.hidden, show_default=True)
@click.option("--seed", type=int, default=RecallRecipe.seed, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), default=1, show_default=True, help="Threads of PyTorch.")
def main(out: Path, kinds: tuple[str, ...], updates: int, longest: int, hidden: int, seed: int, threads: int) -> None:
    """Train the three recall networks, each into a folder of its kind; run again to resume."""
    out.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [logging.FileHandler(out / "train.log"), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", handlers=handlers)
    torch.set_num_threads(threads)
    recipe = RecallRecipe(seed=seed, updates=updates)
    for kind in kinds or KINDS:
        trainer = RecallTrainer(RecallConfig(kind, longest=longest, hidden=hidden), recipe, out / kind)
        log.info("%s: %d parameters, %d symbols", kind, trainer.model.parameter_count, len(ALPHABET))
        for _ in trainer.run():
            pass
    log.info("finished")


if __name__ == "__main__":
    main()
