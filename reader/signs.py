"""The int8 graph with signed weights: the same numbers, for processors with VNNI.

A file of ONNX, its bytes changed in place. Knows the wire format of protocol buffers and five
field numbers of ONNX; runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

# https://protobuf.dev/programming-guides/encoding, onnx/onnx.proto
MODEL_GRAPH, GRAPH_INITIALIZER = 7, 5
TENSOR_DATA_TYPE, TENSOR_NAME, TENSOR_RAW_DATA = 2, 8, 9
UINT8, INT8 = 2, 3
VARINT, FIXED_64, LENGTH, FIXED_32 = 0, 1, 2, 5
MIDDLE = 128  # zero of a weight that was moved up


@dataclass(slots=True)
class _Tensor:
    """Where an initializer's type, name and numbers stand in the file."""

    kind: int = -1
    name: str = ""
    numbers: slice = field(default_factory=lambda: slice(0, 0))


def signed(graph: bytes) -> bytes:
    """The graph with its weights as int8 where they are uint8 around 128.

    Those are the weights with a zero point for each channel, all of them 128, as
    ``training.graph.set_unsigned`` writes them; everything else, and a graph that has none,
    stays as it is. ONNX Runtime multiplies unsigned weights without the instructions of VNNI,
    signed ones with them, and without VNNI adds products of signed ones in too few bits
    (docs/reader.md); the products are the same.
    """
    changed = bytearray(graph)
    values = np.frombuffer(changed, np.uint8)
    tensors = {tensor.name: tensor for tensor in _initializers(graph)}
    for name, zeros in tensors.items():
        weights = tensors.get(name.removesuffix("_zero_point") + "_quantized")
        found = values[zeros.numbers]
        if weights is None or len(found) < 2 or not (found == MIDDLE).all():
            continue
        for tensor in (weights, zeros):
            if graph[tensor.kind] == UINT8:
                values[tensor.kind] = INT8
                values[tensor.numbers] ^= MIDDLE
    return bytes(changed)


def _initializers(graph: bytes) -> Iterator[_Tensor]:
    for number, model_part in _fields(graph, slice(0, len(graph))):
        if number == MODEL_GRAPH:
            for inner, graph_part in _fields(graph, model_part):
                if inner == GRAPH_INITIALIZER:
                    yield _tensor(graph, graph_part)


def _tensor(graph: bytes, within: slice) -> _Tensor:
    tensor = _Tensor()
    for number, place in _fields(graph, within):
        if number == TENSOR_DATA_TYPE:
            tensor.kind = place.start
        elif number == TENSOR_NAME:
            tensor.name = graph[place].decode()
        elif number == TENSOR_RAW_DATA:
            tensor.numbers = place
    return tensor


def _fields(graph: bytes, within: slice) -> Iterator[tuple[int, slice]]:
    """Number and place of every field of one message."""
    at = within.start
    while at < within.stop:
        key, at = _varint(graph, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            _, end = _varint(graph, at)
        elif wire == LENGTH:
            length, at = _varint(graph, at)
            end = at + length
        elif wire in (FIXED_32, FIXED_64):
            end = at + (4 if wire == FIXED_32 else 8)
        else:
            raise ValueError(f"expected a file of ONNX, found a field of type {wire} at {at}")
        yield number, slice(at, end)
        at = end


def _varint(graph: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where it ends."""
    value = shift = 0
    while True:
        byte = graph[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
