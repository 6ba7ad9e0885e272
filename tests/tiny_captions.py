"""A captioning bundle that was never trained: what it says means nothing, how it is run is real."""

from __future__ import annotations

import sys
from pathlib import Path

ROWS, COLUMNS = 4, 4
LINES = [
    "a brown dog runs through the green grass",
    "two people walk on a beach",
    "a man in a red shirt rides a bicycle down the street",
] * 4


def write_tiny_bundle(training: Path, bundle: Path) -> None:
    """Export an untrained model of 32 × 32 pixels and 4 × 4 cells.

    Args:
        training: Folder for its checkpoint.
        bundle: Folder of the bundle.
    """
    import torch

    from models import corpus
    from models.checkpoint import load_trained
    from models.image_encoder import ImageConfig
    from models.recurrent import RecurrentConfig, RecurrentModel
    from tests.onnx_graphs.conftest import SCRIPTS, save_untrained

    if str(SCRIPTS) not in sys.path:
        sys.path.append(str(SCRIPTS))
    import export_graphs

    torch.manual_seed(6)
    target = corpus.train_vocabulary(iter(LINES), 120, "en")
    target.save(str(training / "target.json"))
    image = ImageConfig(height=32, width=32, channels=(8, 16, 32), stride=1.6)
    model = RecurrentModel(
        RecurrentConfig(0, target.get_vocab_size(), hidden=32, max_source=ROWS * COLUMNS, max_target=10, image=image)
    )
    with torch.no_grad():
        model.decoder.bias.normal_()
        model.decoder.embedding.weight.mul_(4)  # so that tokens change from step to step
        for alignment in model.decoder.alignments.values():
            for parameter in alignment.parameters():
                parameter.mul_(4)
        model.decoder.alignments["location"].weight.normal_()  # type: ignore[operator]
    save_untrained(training, "caption-photos", model)
    export_graphs.write_bundle(load_trained(training), bundle, training)
