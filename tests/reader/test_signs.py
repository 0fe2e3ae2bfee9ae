"""Signed weights are the unsigned ones moved by 128, and give the same logits where VNNI is."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, numpy_helper

from reader.artefact import ONNX, SHIPPED, Artefact
from reader.processor import has_vnni
from reader.runtime import SLOW_FUSIONS
from reader.signs import signed


@pytest.fixture(scope="module")
def shipped() -> bytes:
    return Artefact.load(SHIPPED).path(ONNX).read_bytes()


def _numbers(graph: bytes) -> dict[str, np.ndarray]:
    model = onnx.load_from_string(graph)
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def test_every_product_s_weights_become_signed_and_nothing_else_changes(shipped: bytes) -> None:
    before, after = _numbers(shipped), _numbers(signed(shipped))
    moved = {name for name in before if after[name].dtype != before[name].dtype}
    products = ("MatMulInteger", "QAttention")
    nodes = onnx.load_from_string(shipped).graph.node
    assert {node.input[1] for node in nodes if node.op_type in products} <= moved
    for name, numbers in before.items():
        if name in moved:
            assert (numbers.dtype, after[name].dtype) == (np.uint8, np.int8)
            np.testing.assert_array_equal(after[name].astype(np.int16) + 128, numbers)
        else:
            np.testing.assert_array_equal(after[name], numbers)


def test_signed_weights_stay_as_they_are(shipped: bytes) -> None:
    assert signed(signed(shipped)) == signed(shipped)


def test_a_graph_without_such_weights_stays_as_it_is() -> None:
    zeros = numpy_helper.from_array(np.array(128, np.uint8), "words_zero_point")
    words = numpy_helper.from_array(np.arange(6, dtype=np.uint8), "words_quantized")
    plain = onnx.helper.make_tensor("plain", TensorProto.FLOAT, [2], [1.0, 2.0])
    graph = onnx.helper.make_graph([], "none", [], [], [zeros, words, plain])
    written = onnx.helper.make_model(graph).SerializeToString()
    assert signed(written) == written


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a file of ONNX"):
        signed(b"\x0bgroups are long gone")


@pytest.mark.skipif(not has_vnni(), reason="needs a processor with VNNI")
def test_signed_and_unsigned_weights_give_the_same_logits(shipped: bytes) -> None:
    feed = {
        "input_ids": np.arange(2000, 2090, dtype=np.int64)[None],
        "token_type_ids": np.ones((1, 90), np.int64),
        "attention_mask": np.ones((1, 90), np.int64),
    }
    sessions = [
        onnxruntime.InferenceSession(
            graph, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_FUSIONS
        )
        for graph in (shipped, signed(shipped))
    ]
    unsigned_logits, signed_logits = (session.run(None, feed) for session in sessions)
    np.testing.assert_array_equal(np.stack(unsigned_logits), np.stack(signed_logits))
