"""Rights come from a token alone; two tokens never meet."""

from __future__ import annotations

import math
import stat
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.people.accounts import Accounts
from chatbot.people.limits import LimitReached
from chatbot.people.workspace import (
    KEY_FILE,
    LIBRARY,
    MOST_TOKENS,
    SAMPLES,
    SESSION_LIFE_S,
    HubUser,
    Workspace,
    _Session,
)
from tests.chatbot.records import Clock

PASSWORD = "correct horse"


def test_two_tokens_are_two_visitors_who_share_the_samples(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    one, two = (workspace.visitor(workspace.new_token()) for _ in range(2))
    assert one.collection != two.collection
    assert one.readable == (one.collection, SAMPLES)
    assert two.collection not in one.readable


def test_a_token_outlives_a_restart_and_belongs_to_its_home(tmp_path: Path) -> None:
    first = Workspace(tmp_path / "a")
    token = first.new_token()
    again = Workspace(tmp_path / "a")
    assert again.visitor(token) == first.visitor(token)
    assert again.browser_secret == first.browser_secret
    elsewhere = Workspace(tmp_path / "b")
    assert elsewhere.visitor(token).collection != first.visitor(token).collection


def test_the_key_is_the_owners_and_the_browser_never_gets_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    file = tmp_path / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes().hex()[:32] != workspace.browser_secret
    token = workspace.new_token()
    assert token not in workspace.visitor(token).collection


@pytest.mark.parametrize(
    "token", [None, "", "samples", "visitor-abc", 7, "a" * 42, "ä" * 43, ["a"]]
)
def test_what_is_no_token_has_no_rights(tmp_path: Path, token: object) -> None:
    workspace = Workspace(tmp_path)
    assert not workspace.is_token(token)
    with pytest.raises(PermissionError, match="reload"):
        workspace.visitor(token)


def test_a_damaged_key_is_refused_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(ValueError, match="delete the file"):
        Workspace(tmp_path)


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    accounts = Accounts.made(tmp_path / "users.json")
    accounts.add("ada", "owner", PASSWORD)
    accounts.add("bob", "member", PASSWORD)
    return accounts


def test_an_account_is_the_same_person_in_every_browser(tmp_path: Path, accounts: Accounts) -> None:
    workspace = Workspace(tmp_path, accounts=accounts)
    here, there = workspace.enter(None, "bob"), workspace.enter(None, "bob")
    assert here != there
    assert workspace.visitor(here) == workspace.visitor(there)
    bob, ada = workspace.visitor(here), workspace.visitor(workspace.enter(None, "ada"))
    assert (bob.role, bob.name, ada.role) == ("member", "bob", "owner")
    assert bob.collection not in ada.readable
    again = Workspace(tmp_path, accounts=accounts)
    assert again.visitor(again.enter(None, "bob")) == bob


def test_the_next_person_in_a_browser_inherits_nothing(tmp_path: Path, accounts: Accounts) -> None:
    workspace = Workspace(tmp_path, accounts=accounts)
    mine = workspace.enter(None)
    assert workspace.enter(mine) == mine  # a visitor who reloads
    ada = workspace.enter(mine, "ada")
    assert workspace.enter(ada, "ada") == ada
    bob = workspace.enter(ada, "bob")
    assert workspace.visitor(bob).name == "bob"
    assert not workspace.is_token(ada)
    after = workspace.enter(bob)
    assert not workspace.is_token(bob)
    assert workspace.visitor(after).role == "visitor"
    assert workspace.visitor(after).id != workspace.visitor(mine).id


def test_a_token_ends_with_its_time_its_account_its_password_or_its_owners_leaving(
    tmp_path: Path, accounts: Accounts
) -> None:
    clock = Clock(1000)
    workspace = Workspace(tmp_path, accounts=accounts, clock=clock)
    token = workspace.enter(None, "bob")
    assert workspace.is_token(token)
    clock.now_s += SESSION_LIFE_S
    assert not workspace.is_token(token)
    token = workspace.enter(token, "bob")
    accounts.set_password("bob", "another one")
    assert not workspace.is_token(token)
    token = workspace.enter(token, "bob", login="a")
    workspace.leave("b")
    assert workspace.is_token(token)
    workspace.leave("a")
    assert not workspace.is_token(token)
    token = workspace.enter(token, "bob")
    accounts.remove("bob")
    assert not workspace.is_token(token)
    with pytest.raises(PermissionError, match="log in"):
        workspace.enter(token, "bob")


def test_a_login_stays_with_its_account_and_its_password(
    tmp_path: Path, accounts: Accounts
) -> None:
    workspace = Workspace(tmp_path, accounts=accounts)
    first = workspace.log_in("bob", PASSWORD)
    assert first is not None
    assert workspace.may_stay(first)
    assert workspace.may_stay(replace(first, role="owner"))  # as it was known before
    assert not Workspace(tmp_path).may_stay(first)
    accounts.set_password("bob", "another one")
    assert not workspace.may_stay(first)
    second = accounts.find("bob")
    assert second is not None
    assert workspace.may_stay(second)
    accounts.remove("bob")
    assert not workspace.may_stay(second)
    accounts.add("bob", "member", PASSWORD)
    assert not workspace.may_stay(first)


def test_one_who_comes_in_again_and_again_ends_the_longest_unused_of_their_own_tokens(
    tmp_path: Path, accounts: Accounts
) -> None:
    clock = Clock(1000)
    workspace = Workspace(tmp_path, accounts=accounts, clock=clock)
    hub = HubUser("5f1", "bob", "member")
    beside = [workspace.enter(None, "ada", is_program=True), workspace.enter(None, "", hub)]
    beside.append(workspace.enter(None, "bob"))  # the page of the same person
    used, *others = [workspace.enter(None, "bob", is_program=True) for _ in range(MOST_TOKENS)]
    for _ in range(3):
        clock.now_s += 1
        assert workspace.is_token(used)
        others.append(workspace.enter(None, "bob", is_program=True))
    assert [workspace.is_token(token) for token in others[:4]] == [False, False, False, True]
    assert all(map(workspace.is_token, (used, *beside, *others[3:])))
    accounts.set_password("bob", "another one")
    workspace.enter(None, "bob", is_program=True)
    assert len(workspace._sessions) == MOST_TOKENS + len(beside)


@pytest.mark.parametrize("token", ["in." + "a" * 43, "in.", "account-1", "bob"])
def test_a_forged_token_of_an_account_is_nobodys(
    tmp_path: Path, accounts: Accounts, token: str
) -> None:
    workspace = Workspace(tmp_path, accounts=accounts)
    workspace.enter(None, "bob")
    with pytest.raises(PermissionError):
        workspace.visitor(token)


def test_visitors_stay_outside_where_only_accounts_are_let_in(
    tmp_path: Path, accounts: Accounts
) -> None:
    workspace = Workspace(tmp_path, accounts=accounts, visitors=False)
    with pytest.raises(PermissionError):
        workspace.enter(None)
    with pytest.raises(PermissionError):
        workspace.visitor(workspace.new_token())
    assert workspace.is_token(workspace.enter(None, "bob"))


def test_only_an_owner_writes_to_what_is_shared_and_nobody_to_the_samples(
    tmp_path: Path, accounts: Accounts
) -> None:
    workspace = Workspace(tmp_path, (SAMPLES, LIBRARY), accounts=accounts)
    ada = workspace.visitor(workspace.enter(None, "ada"))
    assert ada.writable == (ada.collection, LIBRARY)
    for name in ("bob", ""):
        one = workspace.visitor(workspace.enter(None, name))
        assert one.writable == (one.collection,)
        assert LIBRARY in one.readable


def test_guessing_passwords_must_wait(tmp_path: Path, accounts: Accounts) -> None:
    clock = Clock()
    workspace = Workspace(tmp_path, accounts=accounts, clock=clock)
    accounts.check = lambda name, password: None  # type: ignore[method-assign] (scrypt is slow)
    for _ in range(5):
        assert workspace.log_in("Bob", "guess") is None
    with pytest.raises(LimitReached, match="wait 13 s"):
        workspace.log_in("bob", "guess")
    assert workspace.log_in("ada", "guess") is None
    clock.now_s = 13
    assert workspace.log_in("bob", "guess") is None


def test_tries_for_a_long_name_take_no_more_memory(tmp_path: Path, accounts: Accounts) -> None:
    workspace = Workspace(tmp_path, accounts=accounts, clock=Clock())
    accounts.check = lambda name, password: None  # type: ignore[method-assign] (scrypt is slow)
    tracemalloc.start()
    for index in range(8):
        assert workspace.log_in(f"{index}\ud800" + "a" * 1_000_000, "guess") is None
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held_bytes < 1_000_000


def test_a_hub_user_is_a_person_of_their_own(tmp_path: Path, accounts: Accounts) -> None:
    workspace = Workspace(tmp_path, accounts=accounts)
    hub = workspace.visitor(workspace.enter(None, "", HubUser("5f1", "bob", "member")))
    bob = workspace.visitor(workspace.enter(None, "bob"))
    assert (hub.name, hub.role) == ("bob", "member")
    assert hub.id != bob.id
    assert workspace.is_kept(bob.id)
    assert not workspace.is_kept(hub.id)
    assert not workspace.is_kept(workspace.visitor(workspace.enter(None)).id)


def test_a_hub_users_documents_go_with_the_account_and_not_with_its_name(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, hub=True)

    def whose(hub: HubUser) -> str:
        return workspace.visitor(workspace.enter(None, "", hub)).id

    bob = whose(HubUser("5f1", "bob", "member"))
    assert whose(HubUser("5f1", "robert", "member")) == bob
    assert whose(HubUser("77a", "bob", "member")) != bob


def test_a_token_ends_with_its_sign_in_however_much_it_is_used(tmp_path: Path) -> None:
    clock = Clock(1000)
    workspace = Workspace(tmp_path, hub=True, clock=clock)
    hub = HubUser("5f1", "bob", "member")
    ends_s = 1000 + 1.5 * SESSION_LIFE_S
    token = workspace.enter(None, "", hub, "a", ends_s=ends_s)
    other = workspace.enter(None, "", hub, "b", ends_s=2 * ends_s)
    clock.now_s = 1000 + SESSION_LIFE_S - 1
    assert workspace.enter(token, "", hub, "a", ends_s=ends_s) == token
    assert workspace.is_token(other)
    clock.now_s = ends_s
    assert not workspace.is_token(token)
    assert workspace.is_token(other)
    workspace.leave("b")
    assert not workspace.is_token(other)


def test_a_login_that_was_left_opens_nothing_more(tmp_path: Path) -> None:
    clock = Clock(1000)
    workspace = Workspace(tmp_path, hub=True, clock=clock)

    def role_by(login: str) -> str:
        token = workspace.enter(None, "", HubUser("5f1", "bob", "member"), login, ends_s=2000)
        return workspace.visitor(token).role

    assert role_by("a") == "member"
    workspace.leave("a", 2000)
    assert [role_by("a"), role_by("b")] == ["visitor", "member"]
    clock.now_s = 1999
    workspace.leave("b", 2000)  # and forgets what is over
    assert [role_by("a"), role_by("b")] == ["visitor", "visitor"]
    clock.now_s = 2000
    workspace.leave("c", 3000)
    assert list(workspace._left) == ["c"]


def test_a_page_that_is_opened_while_its_login_is_left_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path, hub=True)
    begin = workspace._begin

    def late(session: _Session, kept: object) -> str:
        workspace.leave("a", math.inf)
        return begin(session, kept)

    monkeypatch.setattr(workspace, "_begin", late)
    with pytest.raises(PermissionError):
        workspace.enter(None, "", HubUser("5f1", "bob", "member"), "a")


def test_who_leaves_without_a_login_ends_nobodys_token(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path, hub=True)
    token = workspace.enter(None, "", HubUser("5f1", "bob", "member"))
    workspace.leave("")
    assert workspace.is_token(token)


def test_every_account_is_kept_where_nobody_can_say_which_there_are(
    tmp_path: Path, accounts: Accounts
) -> None:
    bob = Workspace(tmp_path, accounts=accounts)
    owner = bob.visitor(bob.enter(None, "bob")).id
    without = Workspace(tmp_path)
    assert without.is_kept(owner)
    assert not without.is_kept(without.visitor(without.enter(None)).id)
    assert not Workspace(tmp_path, hub=True).is_kept(owner)
    accounts.remove("bob")
    assert not Workspace(tmp_path, accounts=accounts).is_kept(owner)
