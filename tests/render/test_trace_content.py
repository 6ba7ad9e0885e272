"""What a trace's JSON says of the edits that it was computed under."""

from __future__ import annotations

import dataclasses
import json
import math

from explorer.render.trace_content import trace_content
from explorer.runtime.controls import BiasEdit, Controls, WeightEdit
from tests.render.conftest import TraceFactory


def edited(make_trace: TraceFactory, controls: Controls) -> str:
    trace = dataclasses.replace(make_trace(), controls=controls)
    return json.dumps(trace_content(trace).get("edits"), allow_nan=False)


def test_edits_are_listed_with_their_heads(make_trace: TraceFactory) -> None:
    plain = Controls("scaled_dot", "global", 0.0, 1.0)
    assert edited(make_trace, plain) == "null"
    controls = plain.replace(
        bias=(BiasEdit(None, 2, -math.inf), BiasEdit(1, 0, 1.5, 0, 3)),
        weights=(WeightEdit(2, 1, 0.25, 1, 2, alone=True),),
    )
    assert json.loads(edited(make_trace, controls)) == [
        {"step": None, "source": 2, "bias": "-inf"},
        {"step": 1, "source": 0, "bias": 1.5, "layer": 0, "head": 3},
        {"step": 2, "source": 1, "weight": 0.25, "layer": 1, "head": 2},
    ]
