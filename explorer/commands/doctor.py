"""``attn-explore doctor``: what works on this machine, and why something does not."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import __version__
from explorer.commands.models import card_or_error
from explorer.commands.output import console_on, writing
from explorer.errors import ExplorerError
from explorer.interrupts import ended_by_interrupt
from explorer.runtime.card import Card
from explorer.runtime.catalog import shipped_bundles
from explorer.runtime.labels import printable

if TYPE_CHECKING:
    from rich.console import Console

    from explorer.runtime.bundle import Bundle

PACKAGES = (
    "textual",
    "textual-image",
    "rich",
    "click",
    "numpy",
    "onnxruntime-gpu",
    "onnxruntime",
    "tokenizers",
    "msgspec",
)
DRIVER = Path("/proc/driver/nvidia/version")
DRIVER_QUERY = ("--query-gpu=name,driver_version", "--format=csv,noheader")
STEPS = 200
TEXT = "a black dog jumps over a fence."


def run(model: str) -> None:
    """Print a report; a part that does not work is said, not raised."""
    from rich.text import Text

    with writing(None) as out:
        console = console_on(out)
        for name, value in _facts(console, model):
            line = Text(f"{name:<12} ", style="bold")
            line.append(printable(value), style="not bold")
            console.print(line, soft_wrap=True)


def _facts(console: Console, model: str) -> Iterator[tuple[str, str]]:
    yield "attn-explore", f"{__version__}, Python {platform.python_version()}, {platform.platform()}"
    yield "packages", ", ".join(f"{name} {version}" for name in PACKAGES if (version := _version(name)))
    yield "terminal", _terminal(console)
    bundles = shipped_bundles()
    yield "graphics", _graphics(console)
    yield "models", ", ".join(bundles) or "none are installed; --model PATH opens a bundle's folder"
    for name, folder in bundles.items():
        card = card_or_error(folder)
        if not isinstance(card, Card):
            yield "", f"{name} does not work: {card}"
    yield "driver", _driver()
    for provider in ("cpu", "cuda"):
        yield provider, _try(model, provider)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _terminal(console: Console) -> str:
    if not console.is_terminal:
        return "standard output is not one"
    size = shutil.get_terminal_size()
    term = os.environ.get("TERM", "not set")
    no_color = " · NO_COLOR is set" if console.no_color else ""
    return f"{size.columns} × {size.lines} cells · colours: {console.color_system or 'none'} · TERM {term}{no_color}"


def _graphics(console: Console) -> str:
    """Say what pictures are drawn with, why, and under which setting."""
    from explorer.render.palette import ColorDepth
    from explorer.tui.graphics import AUTO, SETTING, find_graphics

    setting = f"{SETTING}={os.environ.get(SETTING) or AUTO}"
    if not console.is_terminal:
        return f"standard output is no terminal · {setting}"
    try:
        found = find_graphics().under(ColorDepth.of(console.color_system, console.no_color))
    except ExplorerError as error:
        return f"does not work: {error}"
    size = f" · {found.cell.width} × {found.cell.height} pixels a cell" if found.drawn_in_pixels else ""
    return f"{found.kind.value}: {found.reason}{size} · {setting}"


def _driver() -> str:
    """Return what is known of NVIDIA's driver: by its own tool, which runs on every system, else by the kernel."""
    tool = shutil.which("nvidia-smi")
    if tool is not None:
        try:
            asked = subprocess.run([tool, *DRIVER_QUERY], capture_output=True, text=True, timeout=10, check=False)
            if asked.returncode == 0 and asked.stdout.strip():
                return "NVIDIA " + "; ".join(line.strip() for line in asked.stdout.splitlines())
        except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
            pass  # a tool that does not answer says nothing of the driver
    if DRIVER.exists():
        return DRIVER.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0]
    return "no NVIDIA driver was found"


def _try(model: str, provider: str) -> str:
    try:
        with ended_by_interrupt():
            from explorer.runtime.bundle import open_bundle

            bundle = open_bundle(model, provider)
        median, slow = step_times(bundle)
    except ExplorerError as error:
        return f"does not work: {error}"
    except ImportError as error:
        return f"does not work: {error}; install attn-explore again"
    return f"works · {bundle.card.name}: p50 {median:.2f} ms, p99 {slow:.2f} ms a step ({STEPS} steps)"


def step_times(bundle: Bundle) -> tuple[float, float]:
    """Return the median and the 99th percentile of a decoding step in milliseconds."""
    from explorer.runtime.decoder import Decoder
    from explorer.tui.examples import examples_for

    decoder = Decoder(bundle)
    text = next(iter(examples_for(bundle.card)), TEXT)
    times: list[float] = []
    while len(times) < STEPS:
        decoder.start(text)
        while not decoder.trace.finished and len(times) < STEPS:
            began = time.perf_counter()
            decoder.step()
            times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]
