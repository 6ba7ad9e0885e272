"""Whether two bundles of one Transformer compute the same, as a bundle that was exported anew must."""

from __future__ import annotations

from pathlib import Path

import bundle_card
import graph_checks
import numpy as np
import onnxruntime
import verify_transformer
from graph_cases import Array
from graph_report import Outputs, run

LIMITS = {"logits": 1e-4, **dict.fromkeys(("cross_weights", "self_weights", "encoder_weights"), 1e-5)}
"""Greatest difference that passes, by output; those that are not named may differ by `OTHERS`."""
OTHERS = 1e-4


def differences(before: Path, after: Path) -> dict[str, float]:
    """Return the greatest difference of every output over all cases of the verification.

    Inputs that either of them lacks are left out: a newer interface has more of them, each with a default.

    Args:
        before: One bundle.
        after: The other, of the same sizes.
    """
    card = graph_checks.read_card(before)
    pairs = [[_session(folder / file) for folder in (before, after)] for file in bundle_card.GRAPHS]
    shared = [{value.name for value in _inputs(one)} & {value.name for value in _inputs(other)} for one, other in pairs]
    found: dict[str, float] = {}
    for case in verify_transformer.cases(card):
        encoded = [run(session, _only(case.encoder, shared[0])) for session in pairs[0]]
        feed = _only({**case.step, "memory": encoded[0]["memory"]}, shared[1])
        stepped = [run(session, feed) for session in pairs[1]]
        for one, other in (encoded, stepped):
            for name in (each for each in one if each in other):
                apart = float(np.abs(one[name].astype(np.float64) - other[name]).max(initial=0.0))
                found[name] = max(found.get(name, 0.0), apart)
    return found


def beyond(found: dict[str, float]) -> list[str]:
    """Return what differs by more than passes, in words."""
    limits = {name: LIMITS.get(name, OTHERS) for name in found}
    return [
        f"{name} differs by {apart:.1e}, the limit is {limits[name]:.0e}"
        for name, apart in found.items()
        if not apart <= limits[name]
    ]


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it warns of every input that has a default
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _inputs(session: onnxruntime.InferenceSession) -> list[onnxruntime.NodeArg]:
    return [*session.get_inputs(), *session.get_overridable_initializers()]


def _only(feed: Outputs, names: set[str]) -> dict[str, Array]:
    return {name: values for name, values in feed.items() if name in names}
