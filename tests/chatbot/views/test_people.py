"""Who is here in one line; the form to sign in with fetches nothing from elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace

from chatbot.people.workspace import Visitor
from chatbot.views.collections import collections_html, drop_html, left_out_html, paste_html
from chatbot.views.people import person_html, sign_in_html
from chatbot.views.words import ENGLISH
from chatbot.views.words_zh import CHINESE
from tests.chatbot.records import EVIL

NOBODY = Visitor("visitor-a", "visitor-a", ())


def test_without_accounts_nothing_is_said() -> None:
    assert person_html(NOBODY, has_accounts=False) == ""


def test_who_is_here_and_the_way_in_or_out() -> None:
    assert 'Visitor</span> <a href="sign-in"' in person_html(NOBODY, has_accounts=True)
    bob = replace(NOBODY, role="member", name="bob")
    assert 'bob</span> <a href="sign-out"' in person_html(bob, has_accounts=True)
    ada = replace(NOBODY, role="owner", name="ada")
    assert "ada, owner" in person_html(ada, has_accounts=True)
    assert "<script" not in person_html(replace(bob, name=EVIL), has_accounts=True)


def test_beside_hugging_faces_button_an_owner_is_told_and_a_visitor_warned() -> None:
    def said(visitor: Visitor) -> str:
        return person_html(visitor, has_accounts=False, with_hub=True)

    bob = replace(NOBODY, role="member", name="bob")
    assert ENGLISH.starts_anew in said(NOBODY)
    assert said(bob) == ""  # the button has the name
    assert "ada, owner" in said(replace(bob, role="owner", name="ada"))
    assert "<script" not in said(replace(bob, role="owner", name=EVIL))


def test_the_form_keeps_to_this_server() -> None:
    page = sign_in_html("body { margin: 0 }")
    assert 'autocomplete="current-password"' in page
    assert not re.search(r"https?:|//[a-z]", page)


def test_titles_of_collections_are_escaped_and_the_chosen_one_can_be_changed() -> None:
    html = collections_html({"0f": EVIL, "1e": "Work"}, {"library": "Shared"}, "0f")
    assert "<script" not in html
    assert "<img" not in html
    assert 'value="0f" selected' in html
    assert 'data-event="discard" data-collection="0f"' in html
    shared = collections_html({"1e": "Work"}, {"library": "Shared"}, "library")
    assert "discard" not in shared


def test_a_first_visit_has_nothing_to_choose() -> None:
    html = collections_html({}, {}, "")
    assert "<select" not in html
    assert "New collection" in html
    assert 'data-event="paste"' in paste_html()


def test_the_page_knows_what_is_too_large() -> None:
    html = drop_html(2, CHINESE) + left_out_html(2, CHINESE)
    assert f'data-max="{2 * 1024 * 1024}"' in html
    assert "超过 2 MB：{names}" in html
