"""Graphs that are no bundle's: as untrusted, checked the same way, and too small for a GPU to be worth its start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import BundleError
from explorer.runtime.interface import Table, check_tables
from explorer.runtime.labels import printable
from explorer.runtime.onnx_scan import check_self_contained
from explorer.runtime.sessions import open_sessions

if TYPE_CHECKING:
    from onnxruntime import InferenceSession


def open_small_graphs(
    folder: Path, graphs: dict[str, bytes], tables: Mapping[str, Table], sizes: Mapping[str, int]
) -> dict[str, InferenceSession]:
    """Open graphs on the CPU.

    Args:
        folder: Where they were read, for errors.
        graphs: ONNX files as bytes, by name.
        tables: Their inputs and outputs, by name.
        sizes: The sizes of the axes that are fixed.

    Raises:
        BundleError: A graph needs other files, cannot be loaded, or has other inputs or outputs; names folder and file.
    """
    try:
        for file, data in graphs.items():
            check_self_contained(data, file)
        sessions, _ = open_sessions(graphs, "cpu")
        check_tables(sessions, tables, sizes)
    except BundleError as error:
        raise BundleError(f"{printable(str(folder))}/{error}") from error
    return sessions
