"""BERT's forward pass over windows laid end to end, without padding, in bfloat16 or float32.

Knows tensors and the names of BERT's weights; nothing of files, texts or threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

SAFE_TOTAL = 2.0**100  # a softmax total between its inverse and this one lost no precision
LAID_OUT_FOR = 1024  # rows: a product of fewer or more is as right
Affine = tuple[Tensor, Tensor]  # weight (N, K) and bias (N,)
Product = Callable[[Tensor], Tensor]  # (T, K) -> (T, N)
TILE = 32  # with AMX rows are padded to a multiple: its products are compiled for each number


@dataclass(frozen=True, slots=True)
class BertShape:
    """The part of ``config.json`` that the forward pass needs."""

    num_hidden_layers: int
    num_attention_heads: int
    layer_norm_eps: float


@dataclass(frozen=True, slots=True)
class BertLayer:
    """One layer's weights. C is the hidden size, F that of the feed-forward.

    ``qkv`` (3C, C) holds query, key and value in one; the query is scaled by log2(e) / sqrt(d),
    so that the softmax is a power of two.
    """

    qkv: Product
    attended: Product
    attended_norm: Affine
    inner: Product
    outer: Product
    outer_norm: Affine


class BertSpanReader:
    """A BERT with a span head. Letters: T tokens of all windows together, L of one window, H
    heads of size d, C = H * d.

    Everything between the embeddings and the span head runs in the kind of number that is
    asked for, with float32 sums inside each product; the logits are float32.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        shape: BertShape,
        kind: torch.dtype,
        has_tiles: bool = False,
    ) -> None:
        """Takes the weights of ``BertForQuestionAnswering`` in transformers, by name.

        Args:
            weights: by name.
            shape: of the model they belong to.
            kind: of number.
            has_tiles: whether the processor multiplies bfloat16 in tiles (AMX): then weights are
                laid out for them once, and torch's own attention is quicker than the plain one.

        Raises:
            KeyError: for a weight that is missing.
        """
        self._shape = shape
        self._kind = kind
        self._has_tiles = has_tiles
        self._words = weights["bert.embeddings.word_embeddings.weight"].float()
        self._positions = weights["bert.embeddings.position_embeddings.weight"].float()
        self._types = weights["bert.embeddings.token_type_embeddings.weight"].float()
        self._norm = _affine(weights, "bert.embeddings.LayerNorm", torch.float32)
        self._layers = [
            _layer(weights, f"bert.encoder.layer.{index}", self.head_size, kind, has_tiles)
            for index in range(shape.num_hidden_layers)
        ]
        self._span_head = _affine(weights, "qa_outputs", torch.float32)

    @property
    def head_size(self) -> int:
        """d, the size of an attention head."""
        return self._words.shape[1] // self._shape.num_attention_heads

    def __call__(self, input_ids: Tensor, token_types: Tensor, lengths: Sequence[int]) -> Affine:
        """Start and end logits, float32 (T,) each.

        Args:
            input_ids, token_types: shape (T,), int64, one window after the other.
            lengths: tokens of each window, together T.
        """
        n_tokens = len(input_ids)
        with torch.inference_mode():
            hidden = self._embed(input_ids, token_types, lengths)  # (T or more, C)
            for layer in self._layers:
                hidden = self._read(hidden, layer, lengths)
            logits = functional.linear(hidden[:n_tokens].float(), *self._span_head)  # (T, 2)
        return logits[:, 0], logits[:, 1]

    def _embed(self, input_ids: Tensor, token_types: Tensor, lengths: Sequence[int]) -> Tensor:
        """Rows to begin with; those beyond the tokens hold nothing and are seen by none."""
        summed = functional.embedding(input_ids, self._words)
        summed += functional.embedding(token_types, self._types)
        summed += torch.cat([self._positions[:length] for length in lengths])
        if self._has_tiles:
            summed = functional.pad(summed, (0, 0, 0, -len(summed) % TILE))
        return self._normalise(summed, self._norm).to(self._kind)

    def _read(self, hidden: Tensor, layer: BertLayer, lengths: Sequence[int]) -> Tensor:
        """One layer: attention, then the feed-forward, each added to what came in."""
        attended = self._attend(layer.qkv(hidden), lengths)
        summed = layer.attended(attended).add_(hidden)
        hidden = self._normalise(summed, layer.attended_norm)
        inner = functional.gelu(layer.inner(hidden))  # (T, F)
        summed = layer.outer(inner).add_(hidden)
        return self._normalise(summed, layer.outer_norm)

    def _attend(self, qkv: Tensor, lengths: Sequence[int]) -> Tensor:
        """Each window to itself: (T, 3C) -> (T, C)."""
        heads, size = self._shape.num_attention_heads, self.head_size
        mixed = qkv.new_zeros(len(qkv), heads, size)
        start = 0
        for length in lengths:
            rows = slice(start, start + length)
            split = qkv[rows].view(length, 3, heads, size).permute(1, 2, 0, 3)  # (3, H, L, d)
            mixed[rows] = self._mix(split).transpose(0, 1)
            start += length
        return mixed.view(len(qkv), -1)

    def _mix(self, split: Tensor) -> Tensor:
        """Query, key and value, (3, H, L, d) together -> (H, L, d)."""
        if not self._has_tiles:
            return attention(*split.contiguous().unbind(0))
        query, key, value = split.unsqueeze(1).unbind(0)
        scale = math.log(2)  # the query's own scale makes powers of two
        return functional.scaled_dot_product_attention(query, key, value, scale=scale)[0]

    def _normalise(self, hidden: Tensor, norm: Affine) -> Tensor:
        return functional.layer_norm(hidden, norm[0].shape, *norm, self._shape.layer_norm_eps)


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """softmax2(Q K^T) V, where softmax2 takes powers of two (Vaswani et al. 2017, equation 1).

    The largest score of a row is not subtracted first, which spares a pass over the largest
    array; where a row's total shows that this cost precision, it is done again with care.

    Args:
        query, key, value: shape (H, L, d); the query already scaled by log2(e) / sqrt(d).
    """
    powers = torch.bmm(query, key.transpose(1, 2)).exp2_()  # (H, L, L)
    totals = powers.sum(-1, keepdim=True)  # (H, L, 1)
    least, most = totals.aminmax()
    if 1 / SAFE_TOTAL < least and most < SAFE_TOTAL:
        return torch.bmm(powers, value).div_(totals)
    careful = torch.bmm(query, key.transpose(1, 2)).float().mul_(math.log(2))
    return torch.bmm(careful.softmax(-1).to(value.dtype), value)


def _layer(
    weights: Mapping[str, Tensor], name: str, head_size: int, kind: torch.dtype, has_tiles: bool
) -> BertLayer:
    parts = [
        _affine(weights, f"{name}.attention.self.{part}", torch.float32)
        for part in ("query", "key", "value")
    ]
    scale = math.log2(math.e) / math.sqrt(head_size)
    parts[0] = (parts[0][0] * scale, parts[0][1] * scale)
    weight, bias = (torch.cat(both).to(kind) for both in zip(*parts, strict=True))
    attended, inner, outer = (
        product(_affine(weights, f"{name}.{part}.dense", kind), has_tiles)
        for part in ("attention.output", "intermediate", "output")
    )
    return BertLayer(
        qkv=product((weight, bias), has_tiles),
        attended=attended,
        attended_norm=_affine(weights, f"{name}.attention.output.LayerNorm", kind),
        inner=inner,
        outer=outer,
        outer_norm=_affine(weights, f"{name}.output.LayerNorm", kind),
    )


def product(affine: Affine, has_tiles: bool) -> Product:
    """The function ``x @ weight.T + bias``, by the quickest product there is.

    On a processor with tiles the weight is laid out for them here, once, where torch would do
    it anew for every product. The operators are those that torch's own compiler uses; where a
    build lacks them, the plain product takes their place, with equal numbers.
    """
    operators = torch.ops.mkldnn
    if not has_tiles or not hasattr(operators, "_linear_pointwise"):
        return partial(functional.linear, weight=affine[0], bias=affine[1])
    laid_out, bias = operators._reorder_linear_weight(affine[0], LAID_OUT_FOR), affine[1]
    return lambda rows: operators._linear_pointwise(rows, laid_out, bias, "none", [], "")


def _affine(weights: Mapping[str, Tensor], name: str, kind: torch.dtype) -> Affine:
    return weights[f"{name}.weight"].to(kind), weights[f"{name}.bias"].to(kind)
