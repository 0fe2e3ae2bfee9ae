"""The middle column's wiring: a question typed or clicked becomes an answer with its source.

Decides nothing: the desk answers, the views draw.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import gradio as gr

from chatbot.ask import MAX_QUESTION_CHARS
from chatbot.desk import Conversation, Desk, place_of
from chatbot.source import Place
from chatbot.ui.parts import Parts
from chatbot.view import Choice, conversation_html
from chatbot.view_source import source_html
from chatbot.words import Words

ASKING_AT_ONCE = 2  # two cores: more would only make everyone wait longer
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

Update = dict[Any, Any]  # component -> its new value, as Gradio takes it

log = logging.getLogger(__name__)


def wire(parts: Parts, desk: Desk, words: Words, examples: tuple[str, ...]) -> None:
    """Typed questions, example questions, and a new conversation."""

    def asked(
        token: str | None, question: str, with_shared: bool, earlier: Conversation
    ) -> Iterator[Update]:
        yield from _answer(parts, desk, words, examples, token, question, with_shared, earlier)

    def clicked(
        token: str | None, with_shared: bool, earlier: Conversation, event: gr.EventData
    ) -> Iterator[Update]:
        question = str(event.question)
        yield from _answer(parts, desk, words, examples, token, question, with_shared, earlier)

    def began() -> Update:
        return {
            parts.conversation: Conversation(),
            parts.place: None,
            parts.thread: conversation_html((), examples=examples, words=words),
            parts.source: source_html(None, words),
        }

    outputs = [parts.question, parts.thread, parts.conversation, parts.place, parts.source]
    gr.on(
        [parts.question.submit, parts.send.click],
        asked,
        [parts.token, parts.question, parts.with_shared, parts.conversation],
        outputs,
        concurrency_id="ask",
        concurrency_limit=ASKING_AT_ONCE,
        **QUIET,
    )
    parts.thread.example(
        clicked,
        [parts.token, parts.with_shared, parts.conversation],
        outputs,
        concurrency_id="ask",
        **QUIET,
    )
    parts.fresh.click(began, None, outputs[1:], queue=False, **QUIET)
    _wire_choices(parts, desk, words)


def _wire_choices(parts: Parts, desk: Desk, words: Words) -> None:
    def chose(token: str | None, earlier: Conversation, event: gr.EventData) -> Update:
        visitor = desk.visitor(token)
        choice = Choice(int(event.turn), str(event.kind), int(event.index))
        place = place_of(desk.own_conversation(visitor, earlier), choice)
        html = source_html(desk.look(visitor, place), words, notice=words.gone)
        return {parts.place: place, parts.source: html}

    parts.thread.cite(
        chose,
        [parts.token, parts.conversation],
        [parts.place, parts.source],
        concurrency_id="look",
        **QUIET,
    )


def _answer(
    parts: Parts,
    desk: Desk,
    words: Words,
    examples: tuple[str, ...],
    token: str | None,
    question: str,
    with_shared: bool,
    earlier: Conversation,
) -> Iterator[Update]:
    """The question at once, then its reply with the source beside it; or what went wrong."""
    question = question.strip()
    if not question:
        return
    visitor = desk.visitor(token)
    earlier = desk.own_conversation(visitor, earlier)
    if len(question) > MAX_QUESTION_CHARS:
        notice = words.too_long.format(count=len(question), limit=MAX_QUESTION_CHARS)
        yield _excuse(parts, words, examples, earlier, question, notice)
        return
    pending = conversation_html(earlier.replies, pending=question, words=words)
    yield {parts.question: "", parts.thread: pending}
    try:
        now = desk.ask(visitor, question, earlier, with_shared)
    except Exception as error:
        log.exception("a question failed")
        notice = words.trouble.format(reason=type(error).__name__)
        yield _excuse(parts, words, examples, earlier, question, notice)
        return
    yield _shown(parts, desk, words, token, now)


def _shown(parts: Parts, desk: Desk, words: Words, token: str | None, now: Conversation) -> Update:
    update: Update = {
        parts.thread: conversation_html(now.replies, words=words),
        parts.conversation: now,
    }
    place: Place | None = place_of(now, Choice(len(now.replies) - 1, "candidate", 0))
    if place is not None:
        view = desk.look(desk.visitor(token), place)
        update |= {parts.place: place, parts.source: source_html(view, words, notice=words.gone)}
    return update


def _excuse(
    parts: Parts,
    words: Words,
    examples: tuple[str, ...],
    earlier: Conversation,
    question: str,
    notice: str,
) -> Update:
    """The conversation as it was, the question back in its box, and one line that says why."""
    html = conversation_html(earlier.replies, notice=notice, examples=examples, words=words)
    return {parts.thread: html, parts.question: question}
