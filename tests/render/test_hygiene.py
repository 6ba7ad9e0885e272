"""What drawing may not import."""

from __future__ import annotations

import subprocess
import sys

MODULES = (
    *("bars", "cells", "colormaps", "copies", "formulas", "grid", "html", "layout", "markup"),
    *("marks", "palette", "reading", "reading_layout", "row_cells", "summary", "svg", "text", "wrapping"),
)


def test_drawing_needs_no_interface_no_model_and_no_color_library() -> None:
    imports = "; ".join(f"import explorer.render.{name}" for name in MODULES)
    code = f"{imports}; import sys; from explorer.render.palette import Palette; Palette('magma').style(0.5)"
    code += (
        "; print(sorted({name.split('.')[0] for name in sys.modules} & {'textual', 'torch', 'cmap', 'onnxruntime'}))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout.strip() == "[]"
    assert output.stderr == ""
