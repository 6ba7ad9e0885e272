"""Makes the repository's packages importable from the scripts of this folder, which are run by path.

The root goes to the end of the search path, so that its onnx folder never comes before PyPI's package of that name.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))
