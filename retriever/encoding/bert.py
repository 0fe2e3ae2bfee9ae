"""BERT's forward pass over texts laid end to end, without padding: token ids to one row a text.

Knows tensors and the names of BERT's weights; nothing of files, words or threads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

SAFE_TOTAL = 2.0**100  # a softmax total between its inverse and this one lost no precision
Affine = tuple[Tensor, Tensor]  # weight and bias
Pooling = Literal["mean", "cls"]


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


@dataclass(frozen=True, slots=True)
class Run:
    """``n`` neighbouring texts of ``length`` tokens each; the first token is row ``start``."""

    n: int
    length: int
    start: int

    @property
    def rows(self) -> slice:
        """Where its tokens lie."""
        return slice(self.start, self.start + self.n * self.length)


class BertRows:
    """A BERT that gives each text one row (Reimers and Gurevych 2019).

    Letters: T tokens of all texts together, L of one text, H heads of size d, C = H * d. The
    products are made in ``kind`` with float32 sums inside each; embeddings and pooling are
    float32. Safe to call from several threads.
    """

    def __init__(
        self, weights: Mapping[str, Tensor], shape: BertShape, pooling: Pooling, kind: torch.dtype
    ) -> None:
        """Weights are those of ``BertModel`` in transformers, by name.

        Raises:
            KeyError: for a weight that is missing.
        """
        self._shape = shape
        self._pooling = pooling
        self._kind = kind
        self._words = weights["embeddings.word_embeddings.weight"].float()
        types = weights["embeddings.token_type_embeddings.weight"].float()
        self._positions = weights["embeddings.position_embeddings.weight"].float() + types[0]
        self._norm = _affine(weights, "embeddings.LayerNorm", torch.float32)
        head_size = self.dimension // shape.num_attention_heads
        self._layers = [
            _layer(weights, f"encoder.layer.{index}", head_size, kind)
            for index in range(shape.num_hidden_layers)
        ]

    @property
    def dimension(self) -> int:
        """C, the length of a row."""
        return self._words.shape[1]

    def __call__(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Rows, float32 (len(texts), C), of texts given as token ids.

        Neighbours of equal length are attended to together: sorted texts are quicker.
        """
        lengths = [len(text) for text in texts]
        runs = _runs(lengths)
        with torch.inference_mode():
            hidden = self._embed(texts, lengths)  # (T, C)
            for layer in self._layers:
                hidden = self._read(hidden, layer, runs)
            return torch.cat([self._pool(hidden[run.rows].float(), run) for run in runs])

    def _embed(self, texts: Sequence[Sequence[int]], lengths: Sequence[int]) -> Tensor:
        summed = functional.embedding(
            torch.tensor([i for text in texts for i in text]), self._words
        )
        summed += torch.cat([self._positions[:length] for length in lengths])
        return self._normalise(summed, self._norm).to(self._kind)

    def _read(self, hidden: Tensor, layer: BertLayer, runs: Sequence[Run]) -> Tensor:
        """One layer: attention, then the feed-forward, each added to what came in."""
        qkv = functional.linear(hidden, *layer.qkv)  # (T, 3C)
        attended = torch.cat([self._attend(qkv[run.rows], run) for run in runs])  # (T, C)
        summed = functional.linear(attended, *layer.attended).add_(hidden)
        hidden = self._normalise(summed, layer.attended_norm)
        inner = functional.gelu(functional.linear(hidden, *layer.inner))  # (T, F)
        summed = functional.linear(inner, *layer.outer).add_(hidden)
        return self._normalise(summed, layer.outer_norm)

    def _attend(self, qkv: Tensor, run: Run) -> Tensor:
        heads = self._shape.num_attention_heads
        split = qkv.view(run.n, run.length, 3, heads, -1).permute(2, 0, 3, 1, 4)
        query, key, value = split.reshape(3, run.n * heads, run.length, -1).unbind(0)
        mixed = attention(query, key, value)  # (n * H, L, d)
        merged = mixed.view(run.n, heads, run.length, -1).transpose(1, 2)  # (n, L, H, d)
        return merged.reshape(run.n * run.length, -1)

    def _pool(self, hidden: Tensor, run: Run) -> Tensor:
        texts = hidden.view(run.n, run.length, -1)  # (n, L, C)
        return texts[:, 0] if self._pooling == "cls" else texts.mean(1)

    def _normalise(self, hidden: Tensor, norm: Affine) -> Tensor:
        return functional.layer_norm(hidden, norm[0].shape, *norm, self._shape.layer_norm_eps)


def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """softmax2(Q K^T) V, where softmax2 takes powers of two (Vaswani et al. 2017, equation 1).

    The largest score of a row is not subtracted first, which spares a pass over the largest
    array; where a row's total shows that this cost precision, it is done again with care.

    Args:
        query, key, value: shape (m, L, d); the query already scaled by log2(e) / sqrt(d).
    """
    powers = torch.bmm(query, key.transpose(1, 2)).exp2_()  # (m, L, L)
    totals = powers.sum(-1, keepdim=True)  # (m, L, 1)
    least, most = totals.aminmax()
    if 1 / SAFE_TOTAL < least and most < SAFE_TOTAL:
        return torch.bmm(powers, value).div_(totals)
    careful = torch.bmm(query, key.transpose(1, 2)).float().mul_(math.log(2))
    return torch.bmm(careful.softmax(-1).to(value.dtype), value)


def _runs(lengths: Sequence[int]) -> list[Run]:
    """Neighbours of equal length, together."""
    runs: list[Run] = []
    start = 0
    for length in lengths:
        if runs and runs[-1].length == length:
            runs[-1] = Run(runs[-1].n + 1, length, runs[-1].start)
        else:
            runs.append(Run(1, length, start))
        start += length
    return runs


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
