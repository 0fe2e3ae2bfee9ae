"""The list of conversations as HTML: every title escaped, the open one named, long lists folded."""

from __future__ import annotations

import re

from chatbot.store.conversations import Summary
from chatbot.views.history import SEARCHED_FROM, SHOWN_AT_FIRST, history_html
from tests.chatbot.records import EVIL


def summaries(count: int, title: str = "Who?") -> list[Summary]:
    return [Summary(f"id{n}", f"{title}", n + 1, 1_700_000_000.0) for n in range(count)]


def test_a_title_is_text_wherever_it_stands() -> None:
    html = history_html(summaries(1, EVIL))
    assert "<script" not in html
    assert "<img" not in html
    assert 'value="&lt;script&gt;' in html


def test_a_conversation_opens_by_its_address_and_the_open_one_is_marked() -> None:
    html = history_html(summaries(2), "id1")
    assert 'data-current="id1"' in html
    (marked,) = re.findall(r"<a [^>]*aria-current[^>]*>", html)
    assert 'href="?c=id1"' in marked
    assert "1 question ·" in html
    assert "2 questions ·" in html
    assert '<time datetime="2023-11-14T22:13:20+00:00">2023-11-14</time>' in html


def test_only_a_long_list_is_folded_and_searched() -> None:
    assert history_html([]) == '<div class="q-chats" data-current=""></div>'
    short = history_html(summaries(SEARCHED_FROM - 1))
    assert "q-many" not in short
    assert "q-earlier" not in short
    assert "q-many" in history_html(summaries(SEARCHED_FROM))
    long = history_html(summaries(SHOWN_AT_FIRST + 3))
    assert "3 earlier" in long
    assert long.count('class="q-chat"') == SHOWN_AT_FIRST + 3


def test_a_search_says_when_it_finds_nothing_and_deletes_nothing_at_once() -> None:
    assert "No conversation holds these words." in history_html([], searched=True)
    assert "forget_all" in history_html(summaries(2))
    assert "forget_all" not in history_html(summaries(1))
    assert "forget_all" not in history_html(summaries(2), searched=True)


def test_what_did_not_happen_is_said_above_the_list() -> None:
    html = history_html(summaries(1), notice=EVIL)
    assert html.index('role="alert"') < html.index("<ul>")
    assert "<script" not in html
    assert 'role="alert"' in history_html([], searched=True, notice="The disk is full.")
    assert 'role="alert"' not in history_html(summaries(1))
