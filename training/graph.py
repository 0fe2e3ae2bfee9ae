"""A trained reader -> the int8 ONNX graph that runs on a CPU. Knows no run and no manifest."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reader.artefact import CONFIG, WEIGHTS
from reader.runtime import load_torch_model


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
    (docs/design-log.md).
    """
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model

    model: Any = load_torch_model(folder / CONFIG, folder / WEIGHTS, attention="eager")
    with tempfile.TemporaryDirectory() as scratch:
        plain, fused = Path(scratch) / "plain.onnx", Path(scratch) / "fused.onnx"
        _export_plain(model, plain)
        optimised = optimize_model(
            str(plain),
            model_type="bert",
            num_heads=model.config.num_attention_heads,
            hidden_size=model.config.hidden_size,
        )
        optimised.save_model_to_file(str(fused))
        # The fused kernels have no shape inference, so their type must be told.
        options = {"DefaultTensorType": TensorProto.FLOAT}
        quantize_dynamic(
            fused, path, per_channel=True, weight_type=QuantType.QInt8, extra_options=options
        )


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
