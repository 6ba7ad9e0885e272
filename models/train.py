"""Train a recipe: ``python -m models.train NAME --data DIR --out DIR``. The same command resumes."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
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
from tokenizers import Tokenizer
from torch import Tensor, nn

from models import checkpoint, corpus
from models.attention import ALIGNMENTS, Scored, gumbel_noise
from models.loss import projected_cross_entropy
from models.recipes import ALIGNMENT_DRAWS, ATTENTION_DRAWS, RECIPES, CorpusFile, Recipe
from models.recurrent import RecurrentConfig, RecurrentModel

log = logging.getLogger("models.train")
COMBINATIONS = (*itertools.product(ALIGNMENTS, ("global", "local_m", "local_p", "hard")), ("dot", "none"))
SAVE_SECONDS = 180.0
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
SOFT = frozenset({"global", "local_m", "local_p"})


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


def draw_combination(random: np.random.Generator) -> tuple[str, str]:
    """Draw an alignment function and an attention type by the recipes' frequencies."""

    def draw(table: dict[str, float]) -> str:
        share = np.array(list(table.values()))
        return str(random.choice(list(table), p=share / share.sum()))

    return draw(ALIGNMENT_DRAWS), draw(ATTENTION_DRAWS)


def batch_loss(
    model: RecurrentModel,
    batch: corpus.Batch,
    combinations: list[tuple[str, str]],
    windows: Tensor,
    smoothing: float,
    softness: float = 0.0,
) -> Tensor:
    """Return the summed cross-entropy of a batch, its rows shared out among the combinations.

    Args:
        model: The model.
        batch: Padded pairs.
        combinations: Row r is computed under combination r modulo their number.
        windows: D of each row, (batch,).
        smoothing: Label smoothing.
        softness: What a nat of entropy of soft weights takes off the loss.
    """
    memory, state = model.encoder(batch.source, batch.source_mask)
    query = model.decoder.queries(batch.inputs, state)  # (batch, tgt_len, hidden)
    contexts, reward = torch.zeros_like(query), query.new_zeros((), dtype=torch.float32)
    real = batch.targets != corpus.PADDING
    position = torch.arange(query.shape[1], device=query.device, dtype=torch.float32)
    for place, (alignment, attention) in enumerate(combinations):
        rows = slice(place, None, len(combinations))
        part, keys = query[rows], memory[rows]
        shape = (part.shape[0], part.shape[1], keys.shape[1])
        noisy = attention == "hard" and model.training
        scored = Scored(
            scores=keys.new_zeros(()),
            query=part,
            position=position.expand(part.shape[:2]),
            mask=batch.source_mask[rows],
            window=windows[rows],
            temperature=torch.ones(part.shape[0], device=query.device),
            bias=torch.zeros((), device=query.device),
            noise=gumbel_noise(torch.empty(shape, device=query.device))
            if noisy
            else torch.zeros((), device=query.device),
        )
        context, weights = model.attend(alignment, attention, part, keys, scored)
        contexts[rows] = context.to(contexts.dtype)
        if softness and attention in SOFT:
            reward = reward + softness * entropy(weights[real[rows]]).sum()
    hidden = model.decoder.attentional_state(query[real], contexts[real])  # (tokens, hidden)
    decoder = model.decoder
    loss = projected_cross_entropy(hidden, decoder.embedding.weight, decoder.bias, batch.targets[real], smoothing)
    return loss - reward


def entropy(weights: Tensor) -> Tensor:
    """Return the entropy in nats of each row of weights, normalised to 1: (rows, src_len) → (rows,)."""
    share = weights / weights.sum(dim=-1, keepdim=True).clamp_min(1e-9)
    return -(share * share.clamp_min(1e-9).log()).sum(dim=-1)


@torch.no_grad()
def dev_loss(model: RecurrentModel, batches: list[corpus.Batch], window: float) -> float:
    """Return the mean cross-entropy per target token over dev batches, the combinations taken in turn."""
    model.eval()
    total = tokens = 0.0
    for number, batch in enumerate(batches):
        combinations = [COMBINATIONS[(4 * number + place) % len(COMBINATIONS)] for place in range(4)]
        windows = torch.full((batch.source.shape[0],), window, device=batch.source.device)
        total += float(batch_loss(model, batch, combinations, windows, 0.0))
        tokens += batch.tokens
    model.train()
    return total / tokens


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
        self.mixture = corpus.Mixture(tuple(encoded), shares, recipe.seed, pool_pairs)
        self.dev = self._dev_batches(data, source, target)
        torch.manual_seed(recipe.seed)
        self.config = RecurrentConfig(
            source.get_vocab_size(), target.get_vocab_size(), hidden=recipe.hidden, dropout=recipe.dropout
        )
        self.model = RecurrentModel(self.config).to(device)
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.98))
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
        self.optimiser.load_state_dict(content["optimiser"])
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
            for batch in self.mixture.pool(self.progressed.pool, self.recipe.batch_tokens):
                started = time.monotonic()
                loss = self._update(batch.to(self.device), random)
                average = loss if math.isnan(average) else 0.98 * average + 0.02 * loss
                self.progressed.seconds += time.monotonic() - started
                yield average
            self.progressed.pool += 1
            if self.progressed.pool % 4 == 0 or self.finished():
                self._judge(average)
            if self.finished() or time.monotonic() - saved > SAVE_SECONDS:
                self._save()
                saved = time.monotonic()
        self._save()

    def _update(self, batch: corpus.Batch, random: np.random.Generator) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self.learning_rate()
        combinations = [draw_combination(random) for _ in range(self.recipe.strata)]
        least, most = self.recipe.windows
        windows = torch.from_numpy(random.integers(least, most + 1, batch.source.shape[0]).astype(np.float32))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            recipe, shares = self.recipe, windows.to(self.device)
            loss = batch_loss(self.model, batch, combinations, shares, recipe.smoothing, recipe.softness)
        tokens = batch.tokens
        self.optimiser.zero_grad(set_to_none=True)
        (loss / tokens).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.progressed.updates += 1
        self.progressed.tokens += tokens
        return float(loss.detach()) / tokens

    def _judge(self, train_loss: float) -> None:
        progressed, loss = self.progressed, dev_loss(self.model, self.dev, self.recipe.window)
        if loss < progressed.best_loss:
            progressed.best_loss, progressed.stale = loss, 0
            self.best_model = {name: value.clone() for name, value in self.model.state_dict().items()}
        else:
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
            "config": checkpoint.config_dict(self.config),
            "model": self.model.state_dict(),
            "best_model": self.best_model,
            "optimiser": self.optimiser.state_dict(),
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
        lines = (
            pair[column]
            for entry, each in zip(recipe.corpora, pairs, strict=True)
            for _ in range(entry.vocabulary_repeats)
            for pair in each
        )
        corpus.train_vocabulary(lines, recipe.vocabulary, language).save(str(path), pretty=False)
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
