"""Questions and texts -> token windows with character offsets.

Knows the tokenizer and nothing of models, scores or spans. Training and reading
both come here, so that a model never sees at question time what it was not taught.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from reader.types import IntArray, Window

SPECIAL_TOKENS_PER_WINDOW = 3  # [CLS] question [SEP] context [SEP]


@dataclass(frozen=True, slots=True)
class WindowConfig:
    """How a long text is cut into windows.

    Attributes:
        max_length: most tokens a window may hold, special tokens included.
        stride: tokens from the start of one window to the start of the next
            (``doc_stride`` of BERT's run_squad).
        max_question_tokens: longer questions are cut at this many tokens.
        max_above_tokens: most tokens of the title and headings above a text, the last ones;
            0 where a model was not taught to read them.

    Raises:
        ValueError: if windows so made would skip text.
    """

    max_length: int = 384
    stride: int = 192
    max_question_tokens: int = 64
    max_above_tokens: int = 0

    def __post_init__(self) -> None:
        if self.max_question_tokens < 1 or self.stride < 1 or self.max_above_tokens < 0:
            raise ValueError(
                "stride and max_question_tokens must be at least 1, max_above_tokens counts "
                f"from 0; got {self}"
            )
        beside = self.max_question_tokens + self.max_above_tokens + SPECIAL_TOKENS_PER_WINDOW
        room = self.max_length - beside
        if self.stride > room:
            raise ValueError(
                f"stride {self.stride} would skip text: beside the longest question and what "
                f"stands above, a window of max_length {self.max_length} has room for {room} "
                "tokens; lower stride or raise max_length"
            )


def load_tokenizer(path: Path) -> Tokenizer:
    """Load a ``tokenizer.json``, with any truncation and padding stored in it switched off.

    "[SEP]" written in a text is read as these letters, and not as the border it names.
    """
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    for token in ("[CLS]", "[SEP]", "[PAD]"):
        token_id(tokenizer, token)
    return tokenizer


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """Vocabulary id of a token; ValueError if the tokenizer has none."""
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise ValueError(f"the tokenizer has no {token} token; expected that of a BERT model")
    return found


def make_windows(
    questions: Sequence[str],
    texts: Sequence[str],
    pairs: Sequence[tuple[int, int]],
    tokenizer: Tokenizer,
    config: WindowConfig,
    above: Sequence[str] = (),
) -> list[Window]:
    """Cut every ``(question_index, text_index)`` pair into windows, in the order given.

    A text without any token (empty, white space, control characters) gives no window.

    Args:
        questions: what is asked.
        texts: what is read.
        pairs: which question is asked of which text.
        tokenizer: the model's.
        config: how windows are cut.
        above: title and headings of each text, each of its windows begins with them; none
            are read if this is empty or ``config.max_above_tokens`` is 0.

    Raises:
        ValueError: if ``above`` is not as long as ``texts``, or half of a surrogate pair stands
            anywhere.
    """
    asked = _encode(tokenizer, questions, "question")
    read = _encode(tokenizer, texts, "text")
    titles = _titles(tokenizer, above, len(texts), config.max_above_tokens)
    cls, sep = token_id(tokenizer, "[CLS]"), token_id(tokenizer, "[SEP]")
    heads = [
        np.array([cls, *encoding.ids[: config.max_question_tokens], sep], dtype=np.int32)
        for encoding in asked
    ]
    tail = np.array([sep], dtype=np.int32)
    bodies = [(_ids(e), _offsets(e, text)) for e, text in zip(read, texts, strict=True)]
    windows: list[Window] = []
    for question_index, text_index in pairs:
        head = heads[question_index]
        ids, offsets = bodies[text_index]
        title = titles[text_index]
        first = len(head) + len(title)
        for begin, end in window_borders(len(ids), config.max_length - first - 1, config.stride):
            token_ids = np.concatenate([head, title, ids[begin:end], tail])  # (length,)
            windows.append(
                Window(question_index, text_index, token_ids, first, offsets[begin:end], len(title))
            )
    return windows


def check_above(above: Sequence[str], n_texts: int) -> None:
    """ValueError unless something stands above every text, or nothing above any."""
    if above and len(above) != n_texts:
        raise ValueError(f"expected as much above as there are texts, {n_texts}, got {len(above)}")


def _titles(
    tokenizer: Tokenizer, above: Sequence[str], n_texts: int, max_tokens: int
) -> list[IntArray]:
    """The last tokens of what stands above each text; none where it is not to be read."""
    check_above(above, n_texts)
    if not above or max_tokens == 0:
        return [np.zeros(0, dtype=np.int32)] * n_texts
    return [_ids(encoding)[-max_tokens:] for encoding in _encode(tokenizer, above, "above")]


def window_borders(n_tokens: int, room: int, stride: int) -> Iterator[tuple[int, int]]:
    """Yield ``(begin, end)`` token ranges that cover ``n_tokens``, each at most ``room`` long."""
    begin = 0
    while begin < n_tokens:
        end = min(begin + room, n_tokens)
        yield begin, end
        if end == n_tokens:
            return
        begin += stride


def _encode(tokenizer: Tokenizer, texts: Sequence[str], kind: str) -> list[Encoding]:
    for index, text in enumerate(texts):
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{kind} {index}: half of a surrogate pair at {error.start}, which is no character"
            ) from error
    return tokenizer.encode_batch(list(texts), add_special_tokens=False)


def _ids(encoding: Encoding) -> IntArray:
    return np.asarray(encoding.ids, dtype=np.int32)


def _offsets(encoding: Encoding, text: str) -> IntArray:
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)  # (n_tokens, 2)
    if not text.isascii():
        _over_marks(offsets, text)
    return offsets


def _over_marks(offsets: IntArray, text: str) -> None:
    """Move each end past the marks on its last character.

    The tokenizer takes accents away, and leaves those that are characters of their own out of
    the token they stand on: a quotation would end inside "é".
    """
    starts = set(offsets[:, 0].tolist())
    token_of = {end: token for token, end in enumerate(offsets[:, 1].tolist())}
    for place, character in enumerate(text):
        if place in token_of and place not in starts and unicodedata.category(character)[0] == "M":
            token = token_of[place + 1] = token_of[place]
            offsets[token, 1] = place + 1
