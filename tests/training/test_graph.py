"""Setting [CLS] apart in the feed-forward blocks changes no number of a float graph."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from training.graph import set_cls_apart


def block(gelu: str = "BiasGelu") -> onnx.ModelProto:
    """MatMul, GELU with a bias, MatMul, and one more node that reads the result."""
    rng = np.random.default_rng(7)
    shapes = {"w1": (4, 8), "b1": (8,), "w2": (8, 4), "b2": (4,)}
    constants = [
        numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["h1"]),
        helper.make_node(gelu, ["h1", "b1"], ["h2"], domain="com.microsoft"),
        helper.make_node("MatMul", ["h2", "w2"], ["h3"]),
        helper.make_node("Add", ["h3", "b2"], ["y"]),
    ]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", "L", 4]) for name in "xy")
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    graph = helper.make_graph(nodes, "block", [x], [y], constants)
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def run(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    session = InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(["y"], {"x": x})[0])


@pytest.mark.parametrize("gelu", ["BiasGelu", "FastGelu"])
@pytest.mark.parametrize("length", [1, 2, 9])
def test_the_parts_make_the_whole(length: int, gelu: str) -> None:
    x = np.random.default_rng(8).normal(size=(3, length, 4)).astype(np.float32)
    whole, apart = block(gelu), block(gelu)
    set_cls_apart(apart)
    assert [node.op_type for node in apart.graph.node].count("MatMul") == 4
    np.testing.assert_allclose(run(apart, x), run(whole, x), rtol=1e-5, atol=1e-6)


def test_an_unknown_graph_is_refused() -> None:
    model = block()
    model.graph.node[1].op_type = "Relu"
    with pytest.raises(ValueError, match="found none; did ONNX Runtime"):
        set_cls_apart(model)
