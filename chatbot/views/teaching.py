"""What a person can say of an answer, as HTML: two thumbs, a line, the way to the right words.

Pure: knows no page framework and no library. Buttons carry what they do in ``data-`` attributes.
"""

from __future__ import annotations

from html import escape

from chatbot.types import Turn
from chatbot.views.words import ENGLISH, Words

# Drawn, because not every machine has a typeface with thumbs; the style turns the other one round.
THUMB = (
    '<svg viewBox="0 0 20 20" width="16" height="16" fill="none" stroke="currentColor" '
    'stroke-width="1.4" stroke-linejoin="round" aria-hidden="true">'
    '<path d="M3 9h3v8H3zM6 9l3.4-6.4c1.4 0 2.2 1 1.9 2.4L10.7 8h4.7c1 0 1.7.9 1.5 1.9l-1.1 5.6'
    'c-.2.9-.9 1.5-1.8 1.5H6"/></svg>'
)


def thumbs_html(turn: Turn, words: Words) -> str:
    """The two thumbs, the one that was pressed marked so."""
    found = turn.reply.answer is not None
    up = _thumb(turn, "up", words.is_right if found else words.is_absent)
    down = _thumb(turn, "down", words.is_wrong if found else words.is_there)
    return f'<span class="q-thumbs">{up}{down}</span>'


def pressed(turn: Turn) -> str:
    """The thumb that a turn's verdict comes from: ``up``, ``down``, or none."""
    if turn.verdict is None:
        return ""
    good = "right" if turn.reply.answer is not None else "absent"
    return "up" if turn.verdict.kind == good else "down"


def kind_of(turn: Turn, thumb: str) -> str:
    """What a thumb says of a turn; "" when it was pressed before: then that is taken back."""
    if thumb == pressed(turn):
        return ""
    if thumb == "up":
        return "right" if turn.reply.answer is not None else "absent"
    return "wrong"


def lesson_html(turn: Turn, words: Words = ENGLISH) -> str:
    """Thanks in one line, and what may be said further; empty before anything was said."""
    if turn.verdict is None:
        return ""
    kind = turn.verdict.kind
    if kind == "here":
        return f"{escape(words.thanks_here)} {_link(turn, 'teach', words.show_again)}"
    if kind == "absent":
        return escape(words.thanks_absent)
    if kind == "right":
        return escape(words.thanks)
    asked = escape(words.where_instead)
    elsewhere = _link(turn, "teach", words.is_elsewhere)
    if turn.reply.answer is None:
        return f"{asked} {elsewhere}"
    return f"{asked} {elsewhere} {_link(turn, 'judge', words.is_absent_too, 'absent')}"


def line_html(turn: Turn, words: Words) -> str:
    """The place of that line under a reply, which is there from the beginning to be spoken."""
    return f'<p class="q-lesson" role="status">{lesson_html(turn, words)}</p>'


def said_html(turn: Turn, words: Words = ENGLISH) -> str:
    """What changes in a turn that was judged, for the page to put in its place."""
    return _changed(turn, lesson_html(turn, words))


def unsaid_html(turn: Turn, notice: str) -> str:
    """As ``said_html`` of a turn as it was, with a line that says what did not happen."""
    return _changed(turn, escape(notice))


def showing_html(words: Words = ENGLISH, *, notice: str = "") -> str:
    """The line over the source in which the right words are selected or typed."""
    said = escape(notice or words.select_words)
    kind = ' class="q-missed"' if notice else ""
    return (
        f'<div class="q-showing"><p role="status"{kind}>{said}</p>'
        f'<div><input class="q-words" type="text" autocomplete="off" maxlength="400" '
        f'aria-label="{escape(words.right_words)}" placeholder="{escape(words.right_words)}">'
        f'<button type="button" class="q-say" data-event="here">{escape(words.is_here)}</button>'
        f'<button type="button" class="q-link" data-event="leave">{escape(words.leave)}</button>'
        f"</div></div>"
    )


def shown_html(words: Words) -> str:
    """The same line once the words were taken in."""
    return f'<div class="q-showing q-done"><p role="status">{escape(words.thanks_here)}</p></div>'


def _changed(turn: Turn, line: str) -> str:
    return f'<div data-turn="{escape(turn.id)}" data-thumb="{pressed(turn)}">{line}</div>'


def _thumb(turn: Turn, thumb: str, label: str) -> str:
    down = str(pressed(turn) == thumb).lower()
    return (
        f'<button type="button" class="q-thumb" data-event="judge" data-turn="{escape(turn.id)}" '
        f'data-thumb="{thumb}" aria-pressed="{down}" aria-label="{escape(label)}" '
        f'title="{escape(label)}">{THUMB}</button>'
    )


def _link(turn: Turn, event: str, label: str, kind: str = "") -> str:
    said = f' data-kind="{kind}"' if kind else ""
    return (
        f'<button type="button" class="q-link" data-event="{event}" '
        f'data-turn="{escape(turn.id)}"{said}>{escape(label)}</button>'
    )
