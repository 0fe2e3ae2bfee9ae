"""What is done to a graph changes no number: [CLS] apart, weights without a sign."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession

from training.graph import set_cls_apart, set_unsigned


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


def product(weights: np.ndarray) -> onnx.ModelProto:
    """A float input quantised as it comes, times int8 weights, one zero point a column."""
    constants = [
        numpy_helper.from_array(weights, "w"),
        numpy_helper.from_array(np.zeros(weights.shape[1], np.int8), "w_zero"),
    ]
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"]),
        helper.make_node("MatMulInteger", ["q", "w", "zero", "w_zero"], ["i"]),
        helper.make_node("Cast", ["i"], ["y"], to=TensorProto.FLOAT),
    ]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", weights.shape[0]])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", weights.shape[1]])
    graph = helper.make_graph(nodes, "product", [x], [y], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def test_products_of_unsigned_weights_are_exact_on_every_processor() -> None:
    """Weights and inputs at their ends: pairs of products that 16 bits cannot hold."""
    weights = np.full((64, 16), 127, np.int8)
    weights[:, 1::2] = -128
    x = np.full((3, 64), 255, np.float32)
    x[:, 0] = 0  # so that the range is 0 to 255, and a step is 1
    model = product(weights)
    set_unsigned(model)
    assert {tensor.data_type for tensor in model.graph.initializer} == {TensorProto.UINT8}
    np.testing.assert_array_equal(run(model, x), x @ weights.astype(np.float32))
