"""BERT's forward pass as plain matrix operations, in bfloat16 or float32.

Knows tensors and the names of BERT's weights; nothing of files, windows or threads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

SAFE_TOTAL = 2.0**100  # a softmax total between its inverse and this one lost no precision
Affine = tuple[Tensor, Tensor]  # weight and bias


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

    qkv: Affine
    attended: Affine
    attended_norm: Affine
    inner: Affine
    outer: Affine
    outer_norm: Affine


class BertSpanReader:
    """A BERT with a span head. Letters: n windows, L tokens, H heads of size d, C = H * d.

    Everything between the embeddings and the span head runs in the kind of number that is
    asked for, with float32 sums inside each product; the logits are float32.
    """

    def __init__(self, weights: Mapping[str, Tensor], shape: BertShape, kind: torch.dtype) -> None:
        """Weights are those of ``BertForQuestionAnswering`` in transformers, by name.

        Raises:
            KeyError: for a weight that is missing.
        """
        self._shape = shape
        self._kind = kind
        self._words = weights["bert.embeddings.word_embeddings.weight"].float()
        self._positions = weights["bert.embeddings.position_embeddings.weight"].float()
        self._types = weights["bert.embeddings.token_type_embeddings.weight"].float()
        self._norm = _affine(weights, "bert.embeddings.LayerNorm", torch.float32)
        self._layers = [
            _layer(weights, f"bert.encoder.layer.{index}", self.head_size, kind)
            for index in range(shape.num_hidden_layers)
        ]
        self._span_head = _affine(weights, "qa_outputs", torch.float32)

    @property
    def head_size(self) -> int:
        """d, the size of an attention head."""
        return self._words.shape[1] // self._shape.num_attention_heads

    def __call__(self, input_ids: Tensor, token_types: Tensor, mask: Tensor) -> Affine:
        """Start and end logits, float32 (n, L) each.

        Args:
            input_ids, token_types: shape (n, L), int64.
            mask: shape (n, L), 1 for a token and 0 for padding.
        """
        with torch.inference_mode():
            hidden = self._embed(input_ids, token_types)  # (n, L, C)
            hide = None if bool(mask.all()) else self._hide(mask)
            for layer in self._layers:
                hidden = self._read(hidden, layer, hide)
            logits = functional.linear(hidden.float(), *self._span_head)  # (n, L, 2)
        return logits[..., 0], logits[..., 1]

    def _embed(self, input_ids: Tensor, token_types: Tensor) -> Tensor:
        summed = functional.embedding(input_ids, self._words)
        summed += functional.embedding(token_types, self._types)
        summed += self._positions[: input_ids.shape[1]]
        return self._normalise(summed, self._norm).to(self._kind)

    def _read(self, hidden: Tensor, layer: BertLayer, hide: Tensor | None) -> Tensor:
        """One layer: attention, then the feed-forward, each added to what came in."""
        attended = self._attend(functional.linear(hidden, *layer.qkv), hide)
        summed = functional.linear(attended, *layer.attended).add_(hidden)
        hidden = self._normalise(summed, layer.attended_norm)
        inner = functional.gelu(functional.linear(hidden, *layer.inner))  # (n, L, F)
        summed = functional.linear(inner, *layer.outer).add_(hidden)
        return self._normalise(summed, layer.outer_norm)

    def _attend(self, qkv: Tensor, hide: Tensor | None) -> Tensor:
        n, length, _ = qkv.shape
        heads, size = self._shape.num_attention_heads, self.head_size
        split = qkv.view(n, length, 3, heads, size).permute(2, 0, 3, 1, 4)  # (3, n, H, L, d)
        query, key, value = split.reshape(3, n * heads, length, size).unbind(0)
        mixed = attention(query, key, value, hide)  # (n * H, L, d)
        return mixed.view(n, heads, length, size).transpose(1, 2).reshape(n, length, -1)

    def _hide(self, mask: Tensor) -> Tensor:
        lowest = torch.zeros(mask.shape, dtype=self._kind).masked_fill_(mask == 0, -math.inf)
        each = lowest.repeat_interleave(self._shape.num_attention_heads, dim=0)
        return each.unsqueeze(1)  # (n * H, 1, L)

    def _normalise(self, hidden: Tensor, norm: Affine) -> Tensor:
        return functional.layer_norm(hidden, norm[0].shape, *norm, self._shape.layer_norm_eps)


def attention(query: Tensor, key: Tensor, value: Tensor, hide: Tensor | None = None) -> Tensor:
    """softmax2(Q K^T) V, where softmax2 takes powers of two (Vaswani et al. 2017, equation 1).

    The largest score of a row is not subtracted first, which spares a pass over the largest
    array; where a row's total shows that this cost precision, it is done again with care.

    Args:
        query, key, value: shape (m, L, d); the query already scaled by log2(e) / sqrt(d).
        hide: shape (m, 1, L), 0 for a token and -inf for padding; None without padding.
    """
    powers = _scores(query, key, hide).exp2_()  # (m, L, L)
    totals = powers.sum(-1, keepdim=True)  # (m, L, 1)
    least, most = totals.aminmax()
    if 1 / SAFE_TOTAL < least and most < SAFE_TOTAL:
        return torch.bmm(powers, value).div_(totals)
    careful = _scores(query, key, hide).float().mul_(math.log(2))
    return torch.bmm(careful.softmax(-1).to(value.dtype), value)


def _scores(query: Tensor, key: Tensor, hide: Tensor | None) -> Tensor:
    scores = torch.bmm(query, key.transpose(1, 2))
    return scores if hide is None else scores.add_(hide)


def _layer(
    weights: Mapping[str, Tensor], name: str, head_size: int, kind: torch.dtype
) -> BertLayer:
    parts = [
        _affine(weights, f"{name}.attention.self.{part}", torch.float32)
        for part in ("query", "key", "value")
    ]
    scale = math.log2(math.e) / math.sqrt(head_size)
    parts[0] = (parts[0][0] * scale, parts[0][1] * scale)
    weight, bias = (torch.cat(both).to(kind) for both in zip(*parts, strict=True))
    return BertLayer(
        qkv=(weight, bias),
        attended=_affine(weights, f"{name}.attention.output.dense", kind),
        attended_norm=_affine(weights, f"{name}.attention.output.LayerNorm", kind),
        inner=_affine(weights, f"{name}.intermediate.dense", kind),
        outer=_affine(weights, f"{name}.output.dense", kind),
        outer_norm=_affine(weights, f"{name}.output.LayerNorm", kind),
    )


def _affine(weights: Mapping[str, Tensor], name: str, kind: torch.dtype) -> Affine:
    return weights[f"{name}.weight"].to(kind), weights[f"{name}.bias"].to(kind)
