"""Who is here, as HTML: the line with a person's name, and the pages of signing in.

Knows no page framework; every name is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from chatbot.people.workspace import Visitor
from chatbot.views.words import ENGLISH, Words

# Gradio's own login takes the form and sets the cookie; then the page is there.
_SIGN_IN_JS = """
const form = document.querySelector('form');
form.addEventListener('submit', async (submit) => {
  submit.preventDefault();
  const notice = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  button.disabled = true;
  notice.textContent = '';
  try {
    const answer = await fetch('login', { method: 'POST', body: new FormData(form) });
    if (answer.ok) { location.replace('./'); return; }
    const wait = answer.headers.get('Retry-After');
    notice.textContent = wait ? form.dataset.often.replace('{count}', wait) : form.dataset.wrong;
  } catch { notice.textContent = form.dataset.away; }
  button.disabled = false;
  form.password.select();
});
"""


def person_html(
    visitor: Visitor, words: Words = ENGLISH, *, has_accounts: bool, with_hub: bool = False
) -> str:
    """One quiet line: who this is, and the way in or out; nothing where there are no accounts.

    ``with_hub`` says that people sign in with Hugging Face.
    """
    if not has_accounts:
        said = _beside_the_button(visitor, words) if with_hub else ""
        return f'<p class="q-person q-quiet"><span>{escape(said)}</span></p>' if said else ""
    if not visitor.name:
        link = f'<a href="sign-in">{escape(words.sign_in)}</a>'
        return f'<p class="q-person q-quiet"><span>{escape(words.visitor)}</span> {link}</p>'
    name = escape(visitor.name)
    if visitor.role == "owner":
        name = escape(words.owner.format(name=visitor.name))
    link = f'<a href="sign-out">{escape(words.sign_out)}</a>'
    return f'<p class="q-person q-quiet"><span>{name}</span> {link}</p>'


def _beside_the_button(visitor: Visitor, words: Words) -> str:
    """What Gradio's button leaves unsaid: it has the way in, or a name and the way out."""
    if visitor.role == "owner":
        return words.owner.format(name=visitor.name)
    return "" if visitor.name else words.starts_anew


def sign_in_html(style: str, words: Words = ENGLISH) -> str:
    """The whole page of the form, in the looks of the page behind it."""
    form = f"""
<form data-wrong="{escape(words.wrong_password)}" data-away="{escape(words.no_server)}"
data-often="{escape(words.too_many_logins)}">
<label>{escape(words.user_name)}
<input name="username" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>{escape(words.password)}
<input name="password" type="password" autocomplete="current-password" required></label>
<p role="alert"></p>
<button>{escape(words.sign_in)}</button>
</form>"""
    return _page_html(style, form, words, _SIGN_IN_JS)


def not_kept_html(style: str, address: str, languages: Iterable[Words]) -> str:
    """The whole page for a browser that kept no sign-in, in each language.

    ``address`` is where it may keep one: of the page by itself, in a tab of its own.
    """
    said = "".join(
        f'<section lang="{words.language}"><p>{escape(words.not_kept)} '
        f'<a target="_blank" rel="noopener" href="{escape(address)}">{escape(words.open_alone)}</a>'
        f'</p><p class="q-quiet">{escape(words.no_cookies)}</p></section>'
        for words in languages
    )
    return _page_html(style, said)


def not_vouched_html(style: str, address: str, languages: Iterable[Words]) -> str:
    """The whole page for whom Hugging Face said nothing of, in each language, with the way back."""
    said = "".join(
        f'<section lang="{words.language}"><p>{escape(words.not_vouched)} '
        f'<a href="{escape(address)}">{escape(words.back)}</a></p></section>'
        for words in languages
    )
    return _page_html(style, said)


def _page_html(style: str, main: str, words: Words = ENGLISH, script: str = "") -> str:
    """A small page of its own."""
    return f"""<!doctype html>
<html lang="{words.language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(words.sign_in)} · {escape(words.title)}</title>
<style>{style}</style></head>
<body class="q-door"><main>
<h1>{escape(words.title)}</h1>
{main}</main>
<script>document.documentElement.classList.toggle(
  'dark', matchMedia('(prefers-color-scheme: dark)').matches);{script}</script></body></html>
"""
