"""Who may see which collection: a token carries a visitor's rights, and nothing else does.

Knows no page and no documents. Rights never come from a name that a browser sends: a visitor's
token is a secret of their browser, that of somebody who logged in is known here alone.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import os
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from chatbot.people.accounts import Account, Accounts, Role
from chatbot.people.limits import Clock, LimitReached, TokenBuckets
from retriever.private import make_folder

SAMPLES = "samples"
LIBRARY = "library"  # what owners share with everybody from the page
KEY_FILE = "visitors.key"
VISITORS = "visitor-"  # how the ids begin of those who are forgotten when they stay away
ACCOUNTS = "account-"
SESSION_LIFE_S = 12 * 3600.0  # without use; then the page must be loaded again
MOST_TOKENS = 100  # that one person's pages have at a time, and their programs
LOGINS_PER_MINUTE = 5  # tries for one name
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}\Z")  # 256 bits as URL-safe base64 without padding
_SESSION = re.compile(r"in\.[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One person's rights.

    Attributes:
        id: what everything of this person's is filed under; says nothing about them.
        collection: where their documents go unless they say otherwise.
        shared: collections that they may read.
        named: collections that they made themselves.
        role: owner, member, or visitor for those without an account.
        name: of the account, "" without one.
        address: where they are just now, as limits count; "" for this machine itself.
    """

    id: str
    collection: str
    shared: tuple[str, ...]
    named: tuple[str, ...] = ()
    role: Role = "visitor"
    name: str = ""
    address: str = field(default="", compare=False)

    @property
    def own(self) -> tuple[str, ...]:
        """Every collection that is this person's alone."""
        return (self.collection, *self.named)

    @property
    def readable(self) -> tuple[str, ...]:
        """Every collection this person may see."""
        return (*self.own, *self.shared)

    @property
    def writable(self) -> tuple[str, ...]:
        """Every collection this person may add to and remove from; samples never are."""
        if self.role != "owner":
            return self.own
        return (*self.own, *(name for name in self.shared if name != SAMPLES))


@dataclass(frozen=True, slots=True)
class HubUser:
    """Somebody whom Hugging Face vouches for.

    Attributes:
        id: of their account there, for good; a name may become another's.
        name: that they have there now.
        role: owner or member.
    """

    id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class _Session:
    """Who logged in, as they were known then, by which login, and until when that counts."""

    person: Account | HubUser
    login: str
    is_program: bool
    ends_s: float  # however much it is used
    expires_s: float = 0.0

    @property
    def counted_as(self) -> tuple[type, str, bool]:
        """What ``MOST_TOKENS`` is for; a program that logs in at every turn ends no page."""
        return type(self.person), self.person.id, self.is_program

    def used(self, now_s: float) -> _Session:
        """The same, good for another while."""
        return replace(self, expires_s=min(now_s + SESSION_LIFE_S, self.ends_s))


class Workspace:
    """Tells people apart. The key in ``home`` keeps visitors' tokens valid over restarts."""

    def __init__(
        self,
        home: Path,
        shared: tuple[str, ...] = (SAMPLES,),
        *,
        accounts: Accounts | None = None,
        visitors: bool = True,
        hub: bool = False,
        clock: Clock = time.time,
    ) -> None:
        """Opens the door.

        Args:
            home: folder of the key.
            shared: collections that everybody may read.
            accounts: of those who may log in.
            visitors: whether people without an account may come in.
            hub: whether people may come in whom Hugging Face vouches for.
            clock: seconds since 1970.
        """
        self.visitors = visitors
        self._key = _load_key(home / KEY_FILE)
        self._shared = shared
        self._accounts = accounts
        self._knows_accounts = accounts is not None or hub
        self._clock = clock
        self._guard = threading.Lock()
        self._sessions: dict[str, _Session] = {}
        self._left: dict[str, float] = {}  # logins that are no more -> when they would have ended
        self._tries = TokenBuckets(LOGINS_PER_MINUTE, 60, clock)

    @property
    def browser_secret(self) -> str:
        """What the page obscures the token with in the browser; not the key itself."""
        return hmac.digest(self._key, b"browser storage", "sha256").hex()[:32]

    # Coming in

    def log_in(self, name: str, password: str) -> Account | None:
        """The account, None when name and password do not belong together.

        Raises:
            LimitReached: too many wrong tries for this name.
        """
        if self._accounts is None:
            return None
        tried = hashlib.sha256(name.casefold().encode("utf-8", "surrogatepass")).hexdigest()
        if wait_s := self._tries.take(tried):  # of one size, however long the name is
            raise LimitReached("logins", LOGINS_PER_MINUTE, int(wait_s) + 1)
        account = self._accounts.check(name, password)
        if account is not None:
            self._tries.give_back(tried)
        return account

    def may_stay(self, account: Account) -> bool:
        """Whether who logged in to this account may go on: it is still there, with that password.

        Another one of the same name does not count; another role does not matter.
        """
        found = self._accounts.find(account.name) if self._accounts else None
        return found is not None and replace(found, role=account.role) == account

    def enter(
        self,
        kept: object,
        name: str = "",
        hub: HubUser | None = None,
        login: str = "",
        *,
        is_program: bool = False,
        ends_s: float = math.inf,
    ) -> str:
        """The token for a page that is opened now, or for a program.

        Who logged in gets a token of theirs, whatever the browser kept; who did not gets a
        visitor's own one back, or a new one. So nobody inherits from another person who used
        the same browser. Past ``MOST_TOKENS``, a person's that was unused for longest ends.

        Args:
            kept: what the browser had from last time.
            name: of the account that the page was opened with.
            hub: the Hugging Face user that it was opened with.
            login: what the token ends with when ``leave`` names it.
            is_program: whether a program has it, and no page.
            ends_s: when the login ends, in seconds since 1970, and the token with it.

        Raises:
            PermissionError: nobody logged in and visitors are not let in, or the account is gone.
        """
        person = hub or (self._accounts.find(name) if self._accounts and name else None)
        if person is not None and login not in self._left:
            session = _Session(person, login, is_program, ends_s).used(self._clock())
            return self._begin(session, kept)
        self._end(kept)
        if name or not self.visitors:
            raise PermissionError("expected somebody who has logged in; log in and try again")
        return str(kept) if isinstance(kept, str) and _TOKEN.match(kept) else self.new_token()

    def leave(self, login: str, ends_s: float = 0.0) -> None:
        """Ends every token that a login was given; "" is none.

        Until ``ends_s``, whoever still shows that login has not logged in.
        """
        if not login:
            return
        now_s = self._clock()
        with self._guard:
            self._sessions = {t: one for t, one in self._sessions.items() if one.login != login}
            still = {one: end_s for one, end_s in self._left.items() if end_s > now_s}
            self._left = still | {login: ends_s}

    def new_token(self) -> str:
        """A token nobody can guess: 256 random bits."""
        return secrets.token_urlsafe(32)

    # Being known

    def is_token(self, token: object) -> bool:
        """Whether this token is good for anything now."""
        try:
            self.visitor(token)
        except PermissionError:
            return False
        return True

    def visitor(self, token: object) -> Visitor:
        """The rights that a token carries.

        Raises:
            PermissionError: this is not a token, or it is one no more.
        """
        if isinstance(token, str) and is_session(token):
            return self._person(token)
        if not isinstance(token, str) or not _TOKEN.match(token) or not self.visitors:
            raise PermissionError("expected the page's own token, got none; reload the page")
        own = f"{VISITORS}{self._digest(token)}"
        return Visitor(own, own, self._shared)

    def is_kept(self, owner_id: str) -> bool:
        """Whether what is filed under an id belongs to an account that there is.

        What a Hugging Face user has is not: nobody says when such an account ends. Where nobody
        can log in, nobody says either which accounts there are, and every one is kept.
        """
        if not self._knows_accounts:
            return owner_id.startswith(ACCOUNTS)
        known = self._accounts.all() if self._accounts else []
        return owner_id in {f"{ACCOUNTS}{account.id}" for account in known}

    def _end(self, token: object) -> None:
        with self._guard:
            self._sessions.pop(str(token), None)

    def _begin(self, session: _Session, kept: object) -> str:
        now_s = self._clock()
        with self._guard:
            if session.login in self._left:  # meanwhile
                raise PermissionError("expected a login that goes on; log in and try again")
            live = {key: one for key, one in self._sessions.items() if one.expires_s > now_s}
            self._sessions = live
            known = live.pop(str(kept), None)
            is_same = known is not None and replace(known, expires_s=session.expires_s) == session
            token = str(kept) if is_same else f"in.{self.new_token()}"
            live[token] = session
            for idle in _like(session, live)[:-MOST_TOKENS]:
                del live[idle]
            return token

    def _person(self, token: str) -> Visitor:
        now_s = self._clock()
        with self._guard:
            session = self._sessions.get(token)
        if session is None or session.expires_s <= now_s or not self._stands(session):
            raise PermissionError("expected somebody who has logged in; reload the page")
        with self._guard:
            if token in self._sessions:  # not ended meanwhile
                self._sessions[token] = session.used(now_s)
        person = session.person
        if isinstance(person, Account):
            own = f"{ACCOUNTS}{person.id}"
        else:
            own = f"{ACCOUNTS}{self._digest(f'hugging face {person.id}')}"
        return Visitor(own, own, self._shared, role=person.role, name=person.name)

    def _stands(self, session: _Session) -> bool:
        """Whether the account is what it was: same role, same password."""
        person = session.person
        if isinstance(person, HubUser):
            return True
        return self._accounts is not None and self._accounts.find(person.name) == person

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8"), hashlib.sha256).hexdigest()[:40]


def is_session(token: object) -> bool:
    """Whether this is, or was, the token of somebody who had logged in."""
    return isinstance(token, str) and bool(_SESSION.match(token))


def _like(session: _Session, live: Mapping[str, _Session]) -> list[str]:
    """The tokens that are counted as one, the one that was unused for longest first."""
    like = [token for token, one in live.items() if one.counted_as == session.counted_as]
    return sorted(like, key=lambda token: live[token].expires_s)


def _load_key(path: Path) -> bytes:
    """The home's key, made on first use and readable by its owner alone."""
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_bytes()
        if len(key) != 32:
            raise ValueError(
                f"expected 32 bytes in {path}, got {len(key)}; delete the file to give every "
                "visitor a new workspace"
            ) from None
        return key
    with os.fdopen(descriptor, "wb") as file:
        key = secrets.token_bytes(32)
        file.write(key)
    return key
