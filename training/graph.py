"""A trained reader -> the int8 ONNX graph that runs on a CPU. Knows no run and no manifest."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from reader.artefact import CONFIG, WEIGHTS
from reader.runtime import load_torch_model

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto
    from transformers import PretrainedConfig


class SpanHeads(nn.Module):
    """The model with plain tensors for output, as the graph needs it."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Start and end logits, (n, L) each."""
        output = self.model(
            input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask
        )
        return output.start_logits, output.end_logits


def write_onnx(folder: Path, path: Path) -> None:
    """Export to ONNX, fuse each BERT block into a few kernels, quantise weights to int8.

    Weights are quantised per channel; activations as they come (dynamic), so no calibration
    data is needed. Only the TorchScript exporter with plain attention gives a graph that
    ONNX Runtime's BERT optimiser knows: fused, it is twice as fast as the other exporter's
    (docs/design-log.md). [CLS] passes the feed-forward blocks apart: see ``set_cls_apart``.
    The weights are written without a sign: see ``set_unsigned``.
    """
    import onnx
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch) / "plain.onnx", Path(scratch) / "fused.onnx"
        model: Any = load_torch_model(folder / CONFIG, folder / WEIGHTS, attention="eager")
        _export_plain(model, plain)
        graph = _fuse(plain, model.config)
        set_cls_apart(graph)
        onnx.save(graph, fused)
        # The fused kernels have no shape inference, so their type must be told.
        options = {"DefaultTensorType": TensorProto.FLOAT}
        signed = Path(scratch) / "signed.onnx"
        quantize_dynamic(
            fused, signed, per_channel=True, weight_type=QuantType.QInt8, extra_options=options
        )
        graph = onnx.load(signed)
        set_unsigned(graph)
        onnx.save(graph, path)


def _fuse(plain: Path, config: PretrainedConfig) -> ModelProto:
    """The graph with BERT's blocks as kernels, but for the slow one (``SLOW_FUSIONS``)."""
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    options = FusionOptions("bert")
    options.enable_skip_layer_norm = False
    fused: ModelProto = optimize_model(
        str(plain),
        model_type="bert",
        num_heads=config.num_attention_heads,
        hidden_size=config.hidden_size,
        optimization_options=options,
    ).model
    return fused


def set_cls_apart(model: ModelProto) -> None:
    """Let [CLS] and the other tokens pass each feed-forward block apart, weights shared.

    [CLS] carries a few activations many times larger than any other token's (such outliers:
    Bondarenko, Nagel and Blankevoort 2021). A tensor that is quantised whole spends its 256
    steps on them; apart, each part has steps of its own size. This halves the error of the
    int8 logits at no cost in time (docs/reader.md).

    Raises:
        ValueError: if the graph has no feed-forward block of the known form.
    """
    from onnx import helper, numpy_helper

    graph = model.graph
    blocks = _feed_forward_blocks(graph)
    within = {node.output[0] for block in blocks.values() for node in block[:-1]}
    borders = {"cls_start": 0, "cls_end": 1, "text_end": np.iinfo(np.int64).max, "token_axis": 1}
    for name, value in borders.items():
        graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
    nodes = list(graph.node)
    del graph.node[:]
    for node in nodes:
        whole = node.output[0]
        if whole in blocks:
            cls = _part(blocks[whole], "cls_start", "cls_end")
            text = _part(blocks[whole], "cls_end", "text_end")
            ends = [cls[-1].output[0], text[-1].output[0]]
            joined = helper.make_node("Concat", ends, [whole], f"{whole}/join", axis=1)
            graph.node.extend([*cls, *text, joined])
        elif whole not in within:
            graph.node.append(node)


def set_unsigned(model: ModelProto) -> None:
    """Write every int8 tensor as uint8, each number and its zero point moved up by 128.

    Weights stay the same, and so does every product, on all processors: where there is no
    VNNI, ONNX Runtime multiplies signed by unsigned bytes in an instruction that adds pairs
    of products in 16 bits, which overflow (``vpmaddubsw``), but unsigned by unsigned ones in
    wider sums (docs/reader.md).
    """
    from onnx import TensorProto, numpy_helper

    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.INT8:
            moved = numpy_helper.to_array(tensor).astype(np.int16) + 128
            tensor.CopyFrom(numpy_helper.from_array(moved.astype(np.uint8), tensor.name))


def _feed_forward_blocks(graph: GraphProto) -> dict[str, list[NodeProto]]:
    """Output name -> the MatMul, GELU and MatMul that lead to it."""
    makers = {node.output[0]: node for node in graph.node}
    readers = {node.input[0]: node for node in graph.node}
    gelus = [node for node in graph.node if node.op_type in ("BiasGelu", "FastGelu")]
    blocks = [[makers[gelu.input[0]], gelu, readers[gelu.output[0]]] for gelu in gelus]
    around = {node.op_type for first, _, last in blocks for node in (first, last)}
    if around != {"MatMul"}:
        raise ValueError(
            "expected feed-forward blocks of MatMul, BiasGelu, MatMul, found "
            f"{', '.join(sorted(around)) or 'none'}; did ONNX Runtime's BERT optimiser change?"
        )
    return {block[-1].output[0]: block for block in blocks}


def _part(block: Sequence[NodeProto], start: str, end: str) -> list[NodeProto]:
    """The nodes of a block, over the tokens from ``start`` to ``end`` alone."""
    from onnx import helper

    whole = block[0].input[0]
    source = f"{whole}/{start}"
    nodes = [helper.make_node("Slice", [whole, start, end, "token_axis"], [source], source)]
    for node in block:
        inputs, source = [source, *node.input[1:]], f"{node.output[0]}/{start}"
        nodes.append(helper.make_node(node.op_type, inputs, [source], source, domain=node.domain))
    return nodes


def _export_plain(model: nn.Module, path: Path) -> None:
    inputs, outputs = (
        ["input_ids", "token_type_ids", "attention_mask"],
        ["start_logits", "end_logits"],
    )
    sample = tuple(torch.ones((2, 16), dtype=torch.long) for _ in inputs)  # shared ones would merge
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter traces, and says so at length
        torch.onnx.export(
            SpanHeads(model).eval(),
            sample,
            str(path),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes={name: {0: "n", 1: "L"} for name in (*inputs, *outputs)},
            opset_version=17,
            dynamo=False,
        )
