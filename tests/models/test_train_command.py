from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_trains(tmp_path: Path) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("".join(f"{'a b ' * (1 + n % 4)}\t{'b a ' * (1 + n % 3)}\n" for n in range(30)), encoding="utf-8")
    command = [sys.executable, "-m", "models.train", "translate-de-en", "--data", str(tmp_path)]
    options = ["--out", str(tmp_path / "out"), "--tsv", str(path), "--tokens", "100", "--device", "cpu"]
    ended = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    log = (tmp_path / "out" / "train.log").read_text(encoding="utf-8")
    assert "pairs: {'own': 30}" in log
    assert "finished: best dev loss" in log
