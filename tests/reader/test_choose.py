"""Which candidates are quoted: the best that do not overlap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reader.choose import choose, overlap
from reader.decode import Candidate

CANDIDATES = st.lists(
    st.builds(
        lambda text, start, size, logit: Candidate(text, start, start + size, logit),
        st.integers(0, 3), st.integers(0, 40), st.integers(1, 10), st.floats(-5, 5),
    ),
    max_size=40,
)  # fmt: skip


@given(candidates=CANDIDATES, k=st.integers(1, 6))
def test_the_chosen_spans_are_the_best_that_do_not_overlap(
    candidates: list[Candidate], k: int
) -> None:
    kept = choose(candidates, k)
    for text_index in {candidate.text_index for candidate in candidates}:
        of_text = [c for c in candidates if c.text_index == text_index]
        chosen = [c for c in kept if c.text_index == text_index]
        assert 1 <= len(chosen) <= k
        assert max(of_text, key=lambda c: c.logit).logit == chosen[0].logit
        assert [c.logit for c in chosen] == sorted((c.logit for c in chosen), reverse=True)
        for index, one in enumerate(chosen):
            assert not any(overlap(one, other) for other in chosen[:index])
        if len(chosen) < k:  # then everything left out overlaps something better
            for other in of_text:
                assert any(overlap(other, c) and c.logit >= other.logit for c in chosen)
