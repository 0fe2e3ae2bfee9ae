"""A weight and a bias as a function of rows, by the quickest product there is.

Knows how this build of torch keeps weights for AMX; nothing of models.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

ROWS = 1024  # that the layout is made for; a product of fewer or more is as right
Affine = tuple[Tensor, Tensor]  # weight (N, K) and bias (N,)
Product = Callable[[Tensor], Tensor]  # (T, K) -> (T, N)


def product(affine: Affine, has_tiles: bool) -> Product:
    """The function ``x @ weight.T + bias``.

    On a processor with tiles the weight is laid out for them here, once, where torch would do
    it anew for every product. The operators are those that torch's own compiler uses; where a
    build lacks them, the plain product takes their place, with equal numbers.
    """
    operators = torch.ops.mkldnn
    if not has_tiles or not hasattr(operators, "_linear_pointwise"):
        return partial(functional.linear, weight=affine[0], bias=affine[1])
    laid_out, bias = operators._reorder_linear_weight(affine[0], ROWS), affine[1]
    return lambda rows: operators._linear_pointwise(rows, laid_out, bias, "none", [], "")
