"""Weights mixed with those they began from."""

from __future__ import annotations

import pytest
import torch

from training.average import mixed


def test_a_mixture_lies_between_its_parts() -> None:
    base, tuned = {"w": torch.tensor([0.0, 2.0])}, {"w": torch.tensor([1.0, 4.0])}
    assert mixed(base, tuned, 0.25)["w"].tolist() == [0.25, 2.5]
    assert mixed(base, tuned, 1.0)["w"].tolist() == [1.0, 4.0]


def test_what_the_base_lacks_stays_and_what_it_has_keeps_its_type() -> None:
    base = {"w": torch.tensor([1.0, 3.0]).half(), "pooler": torch.tensor([9.0])}
    found = mixed(base, {"w": torch.tensor([3.0, 3.0]), "head": torch.tensor([7.0])}, 0.5)
    assert sorted(found) == ["head", "w"]
    assert found["w"].dtype == torch.float16
    assert (found["w"].tolist(), found["head"].tolist()) == ([2.0, 3.0], [7.0])


def test_weights_without_a_common_name_are_not_mixed() -> None:
    bare, tuned = {"layer.w": torch.tensor([1.0])}, {"bert.layer.w": torch.tensor([3.0])}
    with pytest.raises(ValueError, match=r"none of the trained weights, such as bert\.layer\.w"):
        mixed(bare, tuned, 0.5)
