"""A trained Transformer as a CTranslate2 model: the same weights in float32, for a comparison of speed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2 import specs
from torch import Tensor, nn

from models.checkpoint import Trained
from models.corpus import BEGIN, END, UNKNOWN
from models.transformer import MultiHeadAttention, TransformerModel


def convert(trained: Trained, folder: Path) -> None:
    """Write the model where ``ctranslate2.Translator`` opens it.

    Args:
        trained: A Transformer whose encoder attends; CTranslate2 has no layer for the hybrids' encoders.
        folder: Made anew.
    """
    model = trained.model
    assert isinstance(model, TransformerModel)
    config = model.config
    spec = specs.TransformerSpec.from_config(
        (config.layers, config.layers), config.heads, pre_norm=True, activation=specs.Activation.RELU
    )
    _set_side(spec.encoder, model.encoder, spec.encoder.embeddings[0])
    _set_side(spec.decoder, model.decoder, spec.decoder.embeddings)
    for part, layer in zip(spec.encoder.layer, model.encoder.layers, strict=True):
        _set_attention(part.self_attention, layer.mixer, layer.mixer_norm, joined=True)
        _set_forward(part.ffn, layer)
    for part, layer in zip(spec.decoder.layer, model.decoder.layers, strict=True):
        _set_attention(part.self_attention, layer.self_attention, layer.self_norm, joined=True)
        _set_attention(part.attention, layer.cross_attention, layer.cross_norm, joined=False)
        _set_forward(part.ffn, layer)
    spec.decoder.projection.weight = _array(model.decoder.embedding.weight)
    spec.decoder.projection.bias = _array(model.decoder.bias)
    source, target = (
        [tokenizer.id_to_token(number) for number in range(tokenizer.get_vocab_size())]
        for tokenizer in (trained.source, trained.target)
    )
    spec.register_source_vocabulary(source)
    spec.register_target_vocabulary(target)
    spec.config.bos_token, spec.config.eos_token = target[BEGIN], target[END]
    spec.config.unk_token = target[UNKNOWN]
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True)
    spec.save(str(folder))


def _array(tensor: Tensor) -> np.ndarray[Any, Any]:
    return tensor.detach().numpy().astype(np.float32)


def _set_side(spec: Any, side: Any, embeddings: Any) -> None:
    embeddings.weight = _array(side.embedding.weight)
    spec.scale_embeddings = True
    spec.position_encodings.encodings = _array(side.positions)
    _set_norm(spec.layer_norm, side.norm)


def _set_norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _set_linear(spec: Any, *linears: tuple[Tensor, Tensor]) -> None:
    spec.weight = np.concatenate([_array(weight) for weight, _ in linears])
    spec.bias = np.concatenate([_array(bias) for _, bias in linears])


def _set_attention(spec: Any, attention: MultiHeadAttention, norm: nn.LayerNorm, *, joined: bool) -> None:
    """Self-attention has query, key and value in one product, cross-attention the query by itself."""
    query = (attention.query.weight, attention.query.bias)
    keys_values = (attention.key_value.weight, attention.key_value.bias)
    _set_norm(spec.layer_norm, norm)
    if joined:
        _set_linear(spec.linear[0], query, keys_values)
    else:
        _set_linear(spec.linear[0], query)
        _set_linear(spec.linear[1], keys_values)
    _set_linear(spec.linear[-1], (attention.output.weight, attention.output.bias))


def _set_forward(spec: Any, layer: Any) -> None:
    _set_norm(spec.layer_norm, layer.forward_norm)
    for part, linear in ((spec.linear_0, layer.feed_forward.widen), (spec.linear_1, layer.feed_forward.narrow)):
        _set_linear(part, (linear.weight, linear.bias))
