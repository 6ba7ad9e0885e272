"""Ways to damage a copied bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx

Json = dict[str, Any]


def edit_card(folder: Path, edit: Callable[[Json], object], *, card: str = "card.json") -> None:
    """Change the card in place; `card` names its file."""
    path = folder / card
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def put_file(folder: Path, name: str, data: bytes, *, card: str = "card.json") -> None:
    """Write a file and make the card agree with it."""
    (folder / name).write_bytes(data)
    listed = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    edit_card(folder, lambda content: content["files"].update({name: listed}), card=card)


def edit_graph(folder: Path, name: str, edit: Callable[[onnx.ModelProto], object], *, card: str = "card.json") -> None:
    """Change an ONNX file and make the card agree with it."""
    model = onnx.load(folder / name)
    edit(model)
    put_file(folder, name, model.SerializeToString(), card=card)


def rename_value(model: onnx.ModelProto, old: str, new: str) -> None:
    """Rename an input or output wherever it is used."""
    for node in model.graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new
    for value in [*model.graph.input, *model.graph.output]:
        if value.name == old:
            value.name = new
