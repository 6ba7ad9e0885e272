"""``attn-explore doctor``: what works on this machine, and why something does not."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.text import Text

from explorer import __version__
from explorer.errors import ExplorerError
from explorer.runtime.bundle import Bundle, open_bundle
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.labels import printable

PACKAGES = ("textual", "rich", "click", "numpy", "onnxruntime-gpu", "onnxruntime", "tokenizers", "msgspec")
DRIVER = Path("/proc/driver/nvidia/version")
STEPS = 200
TEXT = "a black dog jumps over a fence."


def run(model: str) -> None:
    """Print a report; a part that does not work is said, not raised."""
    console = Console()
    for name, value in _facts(console, model):
        line = Text(f"{name:<12} ", style="bold")
        line.append(printable(value), style="not bold")
        console.print(line, soft_wrap=True)


def _facts(console: Console, model: str) -> Iterator[tuple[str, str]]:
    yield "attn-explore", f"{__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield "packages", ", ".join(f"{name} {version}" for name in PACKAGES if (version := _version(name)))
    yield "driver", _driver()
    size = shutil.get_terminal_size()
    colors = console.color_system or "none"
    term = os.environ.get("TERM", "not set")
    no_color = " · NO_COLOR is set" if "NO_COLOR" in os.environ else ""
    yield "terminal", f"{size.columns} × {size.lines} cells · colours: {colors} · TERM {term}{no_color}"
    yield "models", ", ".join(shipped_bundles()) or "none"
    for provider in ("cpu", "cuda"):
        yield provider, _try(model, provider)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _driver() -> str:
    if not DRIVER.exists():
        return "no NVIDIA driver was found"
    return DRIVER.read_text(encoding="utf-8", errors="replace").splitlines()[0]


def _try(model: str, provider: str) -> str:
    try:
        bundle = open_bundle(model, provider)
    except ExplorerError as error:
        return f"does not work: {error}"
    median, slowest = step_times(bundle)
    return f"works · {bundle.card.name}: {median:.2f} ms a step at the median, {slowest:.2f} ms at p99"


def step_times(bundle: Bundle) -> tuple[float, float]:
    """Return the median and the 99th percentile of a decoding step in milliseconds."""
    from explorer.runtime.decoder import Decoder
    from explorer.tui.examples import examples_for

    decoder = Decoder(bundle)
    examples = examples_for(bundle.card.languages.source)
    times: list[float] = []
    while len(times) < STEPS:
        decoder.start(examples[0] if examples else TEXT)
        while not decoder.trace.finished and len(times) < STEPS:
            began = time.perf_counter()
            decoder.step()
            times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]
