"""A conversation as HTML: pure functions from records to escaped text.

Knows no page framework, no library and no model; every string from a person or a document
goes through ``html.escape`` here. Buttons carry what they do in ``data-`` attributes.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from chatbot.choices import MAX_NEAREST, Choice, is_worth_showing
from chatbot.types import Answer, Turn, Working
from chatbot.views.quotation import preview_html, quotation_html, where
from chatbot.views.teaching import line_html, thumbs_html
from chatbot.views.words import ENGLISH, Words

VERY_LIKELY = 0.85
LIKELY = 0.6
MAX_OTHERS = 3
SHOWN_TURNS = 10  # the newest; as many more each time that earlier ones are asked for


def how_sure(confidence: float, words: Words = ENGLISH) -> str:
    """The word for a calibrated probability.

    Raises:
        ValueError: the confidence is not within 0 to 1.
    """
    if not 0.0 <= confidence <= 1.0:
        raise ValueError(f"expected a probability from 0 to 1, got {confidence}; calibrate it")
    if confidence >= VERY_LIKELY:
        return words.very_likely
    return words.likely if confidence >= LIKELY else words.possible


def odds(answer: Answer, words: Words = ENGLISH, *, is_further: bool = False) -> str:
    """How sure an answer is, in a word and a number; a further one of a list may be below what
    the words begin with, and has the number alone.
    """
    figure = number(answer.confidence)
    if is_further and answer.confidence < LIKELY:
        return figure
    return f"{how_sure(answer.confidence, words)} · {figure}"


def number(confidence: float) -> str:
    """A probability in two digits; never 0.00 or 1.00, which nobody can promise."""
    return f"{min(max(confidence, 0.01), 0.99):.2f}"


def conversation_html(
    turns: Sequence[Turn],
    *,
    pending: str | None = None,
    notice: str = "",
    examples: Sequence[str] = (),
    words: Words = ENGLISH,
    reaching: str = "",
) -> str:
    """The middle column: the newest turns, then a question still looked up, then a notice.

    With ``reaching`` the turn of that id is among them, however early it is.
    """
    if not turns and pending is None:
        return _welcome(examples, words) + _notice(notice)
    waiting = "" if pending is None else pending_html(pending, words)
    return _newest(turns, words, reaching) + waiting + _notice(notice)


def pending_html(question: str, words: Words = ENGLISH) -> str:
    """A question that is still looked up."""
    return (
        f'<article class="q-turn q-pending">{_question(question, words)}'
        f'<p class="q-quiet" role="status">{escape(words.looking)}</p></article>'
    )


def earlier_html(turns: Sequence[Turn], before: str, words: Words = ENGLISH) -> str:
    """Turns above the one of that id, for the page to put there; "" when there are none."""
    index = next((i for i, turn in enumerate(turns) if turn.id == before), 0)
    above = _newest(turns[:index], words)
    return f'<div data-before="{escape(before)}">{above}</div>' if above else ""


def working_html(working: Working, words: Words) -> str:
    """How far a question has come, in a line that takes the place of the one before."""
    if not working.n_passages:
        return escape(words.looking)
    return escape(words.reading_of.format(number=working.n_read, count=working.n_passages))


def turn_html(turn: Turn, words: Words = ENGLISH) -> str:
    """One question and what it got."""
    answer = turn.reply.answer
    if answer is not None:
        got = _found(turn, answer, words)
    elif turn.reply.gone:
        got = f'<p class="q-none">{escape(words.gone)}</p>'
    else:
        got = _not_found(turn, words)
    return (
        f'<article class="q-turn" data-turn="{escape(turn.id)}">'
        f"{_question(turn.question, words)}{_read_as(turn, words)}{got}</article>"
    )


def _welcome(examples: Sequence[str], words: Words) -> str:
    head = (
        f'<div class="q-welcome"><h2>{escape(words.welcome)}</h2>'
        f"<p>{escape(words.welcome_more)}</p>"
    )
    if words.welcome_note:
        head += f'<p class="q-quiet">{escape(words.welcome_note)}</p>'
    if not examples:
        return head + "</div>"
    items = "".join(
        f'<li><button type="button" class="q-example" data-event="example" '
        f'data-question="{escape(example)}">{escape(example)}</button></li>'
        for example in examples
    )
    return head + f'<p class="q-quiet">{escape(words.try_one)}</p><ul>{items}</ul></div>'


def _newest(turns: Sequence[Turn], words: Words, reaching: str = "") -> str:
    """The last few turns, below the button that brings those before them."""
    n_earlier = max(0, len(turns) - SHOWN_TURNS)
    n_earlier = next((i for i in range(n_earlier) if turns[i].id == reaching), n_earlier)
    shown = turns[n_earlier:]
    html = "".join(turn_html(turn, words) for turn in shown)
    if not n_earlier:
        return html
    return (
        '<p class="q-before"><button type="button" class="q-link" data-event="earlier" '
        f'data-turn="{escape(shown[0].id)}">'
        f"{escape(words.earlier_questions.format(count=n_earlier))}</button></p>{html}"
    )


def _question(question: str, words: Words) -> str:
    said = escape(words.you_asked.format(question=question))
    return f'<h3 class="q-question" aria-label="{said}">{escape(question)}</h3>'


def _read_as(turn: Turn, words: Words) -> str:
    """What was looked up, when that is not what was typed, and the way back."""
    if turn.reply.question == turn.question:
        return ""
    said = escape(words.read_as.format(question=turn.reply.question))
    return (
        f'<p class="q-quiet q-read">{said} <button type="button" class="q-undo" '
        f'data-event="as_typed" data-turn="{escape(turn.id)}">'
        f"{escape(words.ask_as_typed)}</button></p>"
    )


def _found(turn: Turn, answer: Answer, words: Words) -> str:
    """The answer, or all that answer beside each other, then the other candidates."""
    others = [
        (index, other)
        for index, other in enumerate(answer.alternatives, start=len(answer.listed))
        if is_worth_showing(other)
    ]
    below = _others(turn.id, others[:MAX_OTHERS], words)
    shown = _list(turn, answer, words) if answer.beside else _answer(turn, 0, answer, words)
    return f"{shown}{line_html(turn, words)}{below}"


def _list(turn: Turn, answer: Answer, words: Words) -> str:
    """Every answer, those of one list above one line that says where and how sure."""
    count = escape(words.answers.format(count=len(answer.listed)))
    items, begin = "", 0
    for _, group in groupby(answer.listed, _told_together):
        together = list(group)
        items += _group(turn, begin, together, words)
        begin += len(together)
    return f'<p class="q-quiet">{count}</p><ol class="q-answers">{items}</ol>'


def _told_together(answer: Answer) -> tuple[int, int, float]:
    """Answers that are equal in this need the line below them but once."""
    return answer.citation.document_id, answer.citation.page_number, answer.confidence


def _group(turn: Turn, begin: int, answers: Sequence[Answer], words: Words) -> str:
    """Answers from candidate ``begin`` on, each a button to its place if there are several."""
    if len(answers) == 1:
        return f"<li>{_answer(turn, begin, answers[0], words)}</li>"
    quotes = [
        f"{_choice_button(Choice(turn.id, 'candidate', index), 'q-item')}"
        f'<span class="q-quote">{quotation_html(one)}</span></button>'
        for index, one in enumerate(answers, start=begin)
    ]
    quotes[-1] += _foot(turn, begin, answers[0], words)
    return "".join(f"<li>{quote}</li>" for quote in quotes)


def _answer(turn: Turn, index: int, answer: Answer, words: Words) -> str:
    """A quotation with its place and how sure it is."""
    quote = f'<blockquote class="q-quote">{quotation_html(answer)}</blockquote>'
    return quote + _foot(turn, index, answer, words)


def _foot(turn: Turn, index: int, answer: Answer, words: Words) -> str:
    """Where candidate ``index`` stands and how sure it is; the first has the thumbs."""
    citation = answer.citation
    return (
        f'<p class="q-foot">{_choice_button(Choice(turn.id, "candidate", index), "q-where")}'
        f"{where(citation.document_name, citation.page_number, words)}</button>"
        f'<span class="q-sure">{escape(odds(answer, words, is_further=index > 0))}'
        f"{thumbs_html(turn, words) if index == 0 else ''}</span></p>"
    )


def _others(turn_id: str, shown: Sequence[tuple[int, Answer]], words: Words) -> str:
    if not shown:
        return ""
    count = len(shown)
    label = words.one_other if count == 1 else words.others.format(count=count)
    items = "".join(
        f"<li>{_choice_button(Choice(turn_id, 'candidate', index), 'q-candidate')}"
        f'<span class="q-text">{quotation_html(other)}</span>'
        f'<span class="q-quiet">'
        f"{where(other.citation.document_name, other.citation.page_number, words)} · "
        f"{number(other.confidence)}</span></button></li>"
        for index, other in shown
    )
    return f'<details class="q-others"><summary>{escape(label)}</summary><ol>{items}</ol></details>'


def _not_found(turn: Turn, words: Words) -> str:
    turn_id, reply = turn.id, turn.reply
    said = f'<p class="q-none">{escape(words.not_found)}</p>'
    if not reply.nearest:
        return said + f'<p class="q-quiet">{escape(words.nothing_close)}</p>'
    items = "".join(
        f"<li>{_choice_button(Choice(turn_id, 'nearest', index), 'q-candidate')}"
        f'<span class="q-text">{preview_html(reply.question, hit.passage)}</span>'
        f'<span class="q-quiet">'
        f"{where(hit.passage.document_name, hit.passage.page_number, words)}</span></button></li>"
        for index, hit in enumerate(reply.nearest[:MAX_NEAREST])
    )
    return (
        f'{said}<p class="q-quiet">{escape(words.closest)}</p><ol class="q-near">{items}</ol>'
        f'<p class="q-foot">{thumbs_html(turn, words)}</p>{line_html(turn, words)}'
    )


def _choice_button(choice: Choice, css_class: str) -> str:
    return (
        f'<button type="button" class="{css_class}" data-event="cite" '
        f'data-turn="{escape(choice.turn)}" data-kind="{choice.kind}" data-index="{choice.index}">'
    )


def _notice(notice: str) -> str:
    return f'<p class="q-notice" role="alert">{escape(notice)}</p>' if notice else ""
