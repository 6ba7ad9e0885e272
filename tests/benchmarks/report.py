"""The measured figures as the README's table."""

from __future__ import annotations

import contextlib
import os
import platform
from importlib import metadata
from pathlib import Path

Figures = dict[str, float]

PACKAGES = ("onnxruntime-gpu", "onnxruntime", "textual", "numpy", "torch", "ctranslate2")

ROWS = (
    (
        "start_s",
        "cold start to the first painted grid, median (best)",
        "{start_s:.2f} ({start_best_s:.2f}) s",
        "≤ 0.8 s",
    ),
    ("empty_start_s", "— an empty Textual grid", "{empty_start_s:.2f} s", ""),
    ("bundle_ms", "— opening the bundle; its two sessions alone", "{bundle_ms:.0f}; {sessions_ms:.0f} ms", ""),
    ("step_ms", "one step of the graph, p50 / p99", "{step_ms:.2f} / {step_p99_ms:.2f} ms", ""),
    ("decoder_ms", "— by the decoder, with candidates and trace", "{decoder_ms:.2f} / {decoder_p99_ms:.2f} ms", ""),
    (
        "eager_no_grad_ms",
        "— in eager PyTorch, no_grad",
        "{eager_no_grad_ms:.2f} ms: {no_grad_over_step:.1f} ×",
        "≥ 6 ×",
    ),
    ("eager_ms", "— in eager PyTorch, inference_mode", "{eager_ms:.2f} ms: {eager_over_step:.1f} ×", "≥ 6 ×"),
    ("projection_ms", "— the output projection alone (float32)", "{projection_ms:.2f} ms", ""),
    (
        "step_threads_ms",
        "— with default threads: graph; PyTorch",
        "{step_threads_ms:.2f}; {eager_threads_ms:.2f} ms",
        "",
    ),
    ("combinations_ms", "all {combinations:.0f} combinations as one batch, one step", "{combinations_ms:.2f} ms", ""),
    ("replay_all_ms", "— a replay of 30 tokens", "{replay_all_ms:.0f} ms", ""),
    ("replay_ms", "replay of 30 tokens under one other combination", "{replay_ms:.1f} ms", ""),
    (
        "switch_ms",
        "a switch at 30 tokens, key to last painted byte, p50 / p90",
        "{switch_ms:.0f} / {switch_p90_ms:.0f} ms ({switch_bytes:.0f} bytes)",
        "≤ 30 ms",
    ),
    ("inside_ms", "— inside the program, key event to bytes written", "{inside_ms:.0f} ms", ""),
    ("empty_repaint_ms", "— an empty Textual grid repainted", "{empty_repaint_ms:.0f} ms", ""),
    ("peak_mb", "peak memory of the explorer, every combination seen", "{peak_mb:.0f} MB", "≤ 250 MB"),
)
"""What has to be measured for a row, and its three cells."""


def machine() -> str:
    """Return the processor, how many of its cores there are, and how busy they were just before."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), model)
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"{model}, {os.cpu_count()} cores{load}"


def versions() -> dict[str, str]:
    """Return the versions of Python and of what the figures depend on."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def table(figures: Figures) -> str:
    """Return everything that was measured as Markdown."""
    lines = ["| what | measured | goal |", "|---|---|---|"]
    for key, what, shown, goal in ROWS:
        if key in figures:
            lines.append(f"| {what.format(**figures)} | {shown.format(**figures)} | {goal} |")
    return "\n".join(lines)
