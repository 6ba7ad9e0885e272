"""What removed heads are compared with: the same tokens in a model that has them all."""

from __future__ import annotations

from explorer.runtime.bundle import Bundle
from explorer.runtime.controls import Controls
from explorer.runtime.decoder import Decoder
from explorer.runtime.trace import Source, Trace


class WholeModel:
    """A second decoder with every head in its place, which follows the tokens of a run that has some removed.

    Tokens that are emitted while heads are removed have something to be compared with too.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._decoder: Decoder | None = None

    def log_probs(self, trace: Trace) -> tuple[float, ...]:
        """Return the log-probability of each token of a run without removals; nothing where it has none."""
        if not trace.controls.removed:
            self._decoder = None
            return ()
        decoder = self._on(trace.source, trace.controls.replace(removed=()))
        known, steps = decoder.trace.steps, trace.steps
        same = 0
        while same < min(len(known), len(steps)) and known[same].token == steps[same].token:
            same += 1
        decoder.seek(same)
        if same < len(steps):  # otherwise hidden steps stay computed
            decoder.extend(steps[same:])
        return tuple(step.log_prob for step in decoder.trace.steps)

    def _on(self, source: Source, controls: Controls) -> Decoder:
        """Return the decoder on a source under switches; another head to look at is no other switch."""
        decoder = self._decoder
        if decoder is not None and decoder.trace.source == source:
            now = decoder.controls
            controls = controls.replace(layer=now.layer, head=now.head, aggregate=now.aggregate)
            if controls != now:
                decoder.replay(controls)
            return decoder
        self._decoder = decoder = Decoder(self._bundle)
        decoder.start(source, controls)
        return decoder
