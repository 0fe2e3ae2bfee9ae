"""Predictions hold an answer for each question, or are not made."""

from __future__ import annotations

from typing import cast

import pytest

from reader.predict import predict
from reader.reader import Reader
from reader.squad import Example


def test_two_questions_of_one_id_are_refused_before_reading() -> None:
    nobody = cast(Reader, None)
    twice = [Example(key, "Who?", "Ann.", (), 0) for key in ("a", "b", "a")]
    with pytest.raises(ValueError, match="ids that differ, got several questions of 'a'"):
        predict(nobody, twice)
    assert predict(nobody, []) == {}
