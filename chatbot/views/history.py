"""The list of conversations as HTML: open, rename, export and delete, a line each.

Knows no page framework and no store; every title is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from chatbot.store.conversations import MAX_TITLE_CHARS, Summary
from chatbot.views.library import notice_html, off_html
from chatbot.views.words import ENGLISH, Words

SHOWN_AT_FIRST = 8
MAX_SHOWN = 200  # the search finds the others
SEARCHED_FROM = 6  # fewer are seen at a glance


def history_html(
    listed: Sequence[Summary],
    current_id: str = "",
    *,
    words: Words = ENGLISH,
    searched: bool = False,
    notice: str = "",
) -> str:
    """The list, the one used last on top; the oldest ones behind one more click.

    Args:
        listed: what to show.
        current_id: of the conversation that is open.
        words: of the page.
        searched: whether ``listed`` is what a search found.
        notice: what did not happen, and why.
    """
    current, told = f'data-current="{escape(current_id)}"', notice_html(notice)
    if not listed:
        nothing = f'<p class="q-quiet" role="status">{escape(words.no_chats_found)}</p>'
        return f'<div class="q-chats" {current}>{told}{nothing if searched else ""}</div>'
    rows = [chat_html(summary, current_id, words) for summary in listed[:MAX_SHOWN]]
    first, rest = "".join(rows[:SHOWN_AT_FIRST]), rows[SHOWN_AT_FIRST:]
    more = _earlier(rest, words) if rest else ""
    many = " q-many" if searched or len(listed) >= SEARCHED_FROM else ""
    away = _delete_all(words) if len(listed) > 1 and not searched else ""
    return f'<div class="q-chats q-some{many}" {current}>{told}<ul>{first}</ul>{more}{away}</div>'


def chat_html(summary: Summary, current_id: str, words: Words) -> str:
    """A conversation: its title opens it, also in another tab; what else can be done is hidden."""
    title, here = escape(summary.title), ""
    if summary.id == current_id:
        here = ' aria-current="page"'
    count = words.one_question if summary.n_turns == 1 else words.questions
    return (
        f'<li class="q-chat"><a class="q-name" href="?c={quote(summary.id)}"{here} '
        f'data-event="resume" data-conversation="{escape(summary.id)}">{title}</a>'
        f'<span class="q-state">{escape(count.format(count=summary.n_turns))} · '
        f"{_day(summary.updated_s)}</span>{_actions(summary, words)}</li>"
    )


def _actions(summary: Summary, words: Words) -> str:
    """Another title, a file to keep, and the end, which asks once."""
    one = f'data-conversation="{escape(summary.id)}"'
    title = escape(summary.title)
    save = "".join(
        f'<button type="button" data-event="export" data-form="{form}" {one}>{escape(label)}'
        "</button>"
        for form, label in (("markdown", words.export_markdown), ("json", words.export_json))
    )
    return (
        f'<details class="q-more" data-key="{escape(summary.id)}">'
        f'<summary><span class="q-to-open">{escape(words.more)}</span>'
        f'<span class="q-to-close">{escape(words.close)}</span>'
        f'<span class="q-unseen">: {title}</span></summary>'
        f'<label>{escape(words.chat_title)}<input value="{title}" maxlength="{MAX_TITLE_CHARS}" '
        f'data-event="rename" {one}></label><div class="q-acts">{save}'
        f'<details class="q-remove"><summary>{escape(words.delete_chat)}</summary>'
        f'<button type="button" data-event="forget" {one}>'
        f"{escape(words.delete_chat_sure)}</button>{off_html(words)}</details></div></details>"
    )


def _earlier(rows: Sequence[str], words: Words) -> str:
    label = escape(words.earlier_chats.format(count=len(rows)))
    return (
        f'<details class="q-earlier" data-key="earlier"><summary>{label}</summary>'
        f"<ul>{''.join(rows)}</ul></details>"
    )


def _delete_all(words: Words) -> str:
    return (
        f'<details class="q-remove q-all"><summary>{escape(words.delete_chats)}</summary>'
        f'<button type="button" data-event="forget_all">{escape(words.delete_chats_sure)}</button>'
        f"{off_html(words)}</details>"
    )


def _day(time_s: float) -> str:
    """The day in UTC; the browser says it in its reader's time and language."""
    moment = datetime.fromtimestamp(time_s, UTC)
    return f'<time datetime="{moment.isoformat()}">{moment.date().isoformat()}</time>'
