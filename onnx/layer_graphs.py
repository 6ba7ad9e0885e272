"""Write the layers whose times are compared: ``python onnx/layer_graphs.py onnx/graphs/layers``.

One layer each, float32 (batch, length, size) → the same shape, for every length and size: the weights are inputs, so a
file takes a few kilobytes. No biases, no normalisation, no residual connections: what Vaswani 2017, table 1 compares.
explorer/runtime/layers.py runs them.
"""

from __future__ import annotations

from pathlib import Path

import click
import graph_repair  # noqa: F401 - before onnx: says what to install where it is missing
import numpy as np
import onnx
from onnx import numpy_helper, parser

HEADS = 8
"""Heads of self-attention, as in Vaswani 2017; the size is a multiple."""

REACH = 8
"""Positions to either side that restricted self-attention looks at."""

HEADER = '<ir_version: 9, opset_import: ["" : 20]>'
X, Y = "float[batch, length, size] x", "float[batch, length, size] y"
SQUARE = "float[size, size]"
PROJECTIONS = ", ".join(f"{SQUARE} {name}" for name in ("query", "key", "value", "output"))

SPLIT = f"""
    split = Constant<value = int64[4] {{0, 0, {HEADS}, -1}}>()
    join = Constant<value = int64[3] {{0, 0, -1}}>()
"""
PROJECT = """
    q = MatMul(x, query)
    k = MatMul(x, key)
    v = MatMul(x, value)
"""
UNPROJECTED = """
    q = Identity(x)
    k = Identity(x)
    v = Identity(x)
"""
SCALE = """
    head_size = Shape<start = 3>(q_heads)
    head_size_float = Cast<to = 1>(head_size)
    root = Sqrt(head_size_float)
    q_scaled = Div(q_heads, root)
"""
MIX = (
    """
    q_split = Reshape(q, split)
    k_split = Reshape(k, split)
    v_split = Reshape(v, split)
    q_heads = Transpose<perm = [0, 2, 1, 3]>(q_split)
    k_heads = Transpose<perm = [0, 2, 3, 1]>(k_split)
    v_heads = Transpose<perm = [0, 2, 1, 3]>(v_split)
"""
    + SCALE
    + """
    scores = MatMul(q_scaled, k_heads)
    weights = Softmax<axis = -1>(scores)
    context_heads = MatMul(weights, v_heads)
    context_split = Transpose<perm = [0, 2, 1, 3]>(context_heads)
    context = Reshape(context_split, join)
"""
)
SELF_ATTENTION = (
    f"self_attention ({X}, {PROJECTIONS}) => ({Y}) {{ {SPLIT} {PROJECT} {MIX} y = MatMul(context, output) }}"
)
MIXING = f"mixing ({X}) => ({Y}) {{ {SPLIT} {UNPROJECTED} {MIX} y = Identity(context) }}"

# The recurrence itself is a scan: ONNX's RNN operator wants its size when it is written, and is no faster.
RECURRENT = f"""recurrent ({X}, {SQUARE} entering, {SQUARE} carried) => ({Y}) {{
    sums = MatMul(x, entering)
    by_time = Transpose<perm = [1, 0, 2]>(sums)
    number = Constant<value = int64 {{0}}>()
    some = Gather<axis = 0>(by_time, number)
    first = Sub(some, some)
    last, states = Scan<num_scan_inputs = 1, body = step (
        float[batch, size] before, float[batch, size] entered
    ) => (float[batch, size] state, float[batch, size] collected) {{
        kept = MatMul(before, carried)
        sum = Add(kept, entered)
        state = Tanh(sum)
        collected = Identity(state)
    }}>(first, by_time)
    y = Transpose<perm = [1, 0, 2]>(states)
}}"""

CONVOLUTION = f"""convolution ({X}, float[size, size, 3] kernels) => ({Y}) {{
    channels_first = Transpose<perm = [0, 2, 1]>(x)
    mixed = Conv<kernel_shape = [3], pads = [1, 1]>(channels_first, kernels)
    y = Transpose<perm = [0, 2, 1]>(mixed)
}}"""

# The sequence is cut into blocks as long as the reach; a block's queries see their own, the last and the next block,
# less what lies further than the reach or outside the sequence: the work grows with the length, not with its square.
RESTRICTED = f"""restricted ({X}, {PROJECTIONS}) => ({Y}) {{ {SPLIT} {PROJECT}
    zero = Constant<value = int64[1] {{0}}>()
    one = Constant<value = int64[1] {{1}}>()
    two = Constant<value = int64[1] {{2}}>()
    reach = Constant<value = int64[1] {{{REACH}}}>()
    to_second = Constant<value = int64[1] {{-2}}>()
    to_last = Constant<value = int64[1] {{-1}}>()
    to_end = Constant<value = int64[1] {{9223372036854775807}}>()
    length = Shape<start = 1, end = 2>(x)
    negative = Neg(length)
    missing = Mod(negative, reach)
    after = Add(missing, reach)
    pads_q = Concat<axis = 0>(zero, missing)
    pads_k = Concat<axis = 0>(reach, after)
    q_pad = Pad(q, pads_q, , one)
    k_pad = Pad(k, pads_k, , one)
    v_pad = Pad(v, pads_k, , one)
    q_split = Reshape(q_pad, split)
    k_split = Reshape(k_pad, split)
    v_split = Reshape(v_pad, split)
    q_heads = Transpose<perm = [0, 2, 1, 3]>(q_split)
    k_heads = Transpose<perm = [0, 2, 1, 3]>(k_split)
    v_heads = Transpose<perm = [0, 2, 1, 3]>(v_split)
    {SCALE}
    front = Constant<value = int64[3] {{0, 0, -1}}>()
    in_blocks = Concat<axis = 0>(front, reach, head_size)
    q_blocks = Reshape(q_scaled, in_blocks)
    k_blocks = Reshape(k_heads, in_blocks)
    v_blocks = Reshape(v_heads, in_blocks)
    k_before = Slice(k_blocks, zero, to_second, two)
    k_own = Slice(k_blocks, one, to_last, two)
    k_next = Slice(k_blocks, two, to_end, two)
    k_window = Concat<axis = 3>(k_before, k_own, k_next)
    v_before = Slice(v_blocks, zero, to_second, two)
    v_own = Slice(v_blocks, one, to_last, two)
    v_next = Slice(v_blocks, two, to_end, two)
    v_window = Concat<axis = 3>(v_before, v_own, v_next)
    real = ConstantOfShape<value = float[1] {{1}}>(length)
    real_pad = Pad(real, pads_k)
    real_shape = Constant<value = int64[3] {{-1, 1, {REACH}}}>()
    real_blocks = Reshape(real_pad, real_shape)
    real_before = Slice(real_blocks, zero, to_second, zero)
    real_own = Slice(real_blocks, one, to_last, zero)
    real_next = Slice(real_blocks, two, to_end, zero)
    real_window = Concat<axis = 2>(real_before, real_own, real_next)
    seen = Mul(real_window, band)
    unit = Constant<value = float {{1}}>()
    unseen = Sub(unit, seen)
    far = Constant<value = float {{-1e9}}>()
    bias = Mul(unseen, far)
    k_turned = Transpose<perm = [0, 1, 2, 4, 3]>(k_window)
    products = MatMul(q_blocks, k_turned)
    scores = Add(products, bias)
    weights = Softmax<axis = -1>(scores)
    context_blocks = MatMul(weights, v_window)
    out_of_blocks = Concat<axis = 0>(front, head_size)
    context_heads = Reshape(context_blocks, out_of_blocks)
    context_cut = Slice(context_heads, zero, length, two)
    context_split = Transpose<perm = [0, 2, 1, 3]>(context_cut)
    context = Reshape(context_split, join)
    y = MatMul(context, output)
}}"""

TEXTS = {
    "self_attention": SELF_ATTENTION,
    "mixing": MIXING,
    "recurrent": RECURRENT,
    "convolution": CONVOLUTION,
    "restricted": RESTRICTED,
}


def band() -> np.ndarray:
    """Return 1 where a query of a block may look, (reach, 3 * reach): to the positions within the reach."""
    query, key = np.arange(REACH)[:, None] + REACH, np.arange(3 * REACH)[None]
    return (np.abs(query - key) <= REACH).astype(np.float32)


def layer(name: str) -> onnx.ModelProto:
    """Return one layer's graph, checked.

    Raises:
        KeyError: There is no such layer.
    """
    model = parser.parse_model(f"{HEADER}\n{TEXTS[name]}")
    if name == "restricted":
        model.graph.initializer.append(numpy_helper.from_array(band(), "band"))
    onnx.checker.check_model(model, full_check=True)
    return model


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(folder: Path) -> None:
    """Write the layers into FOLDER."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEXTS:
        (folder / f"{name}.onnx").write_bytes(layer(name).SerializeToString(deterministic=True))
    size = sum(path.stat().st_size for path in folder.iterdir())
    click.echo(f"{folder}: {size / 1e3:.1f} kB")


if __name__ == "__main__":
    main()
