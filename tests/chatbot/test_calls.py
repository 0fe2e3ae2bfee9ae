"""Who is let in by the calls, and what happens when too many call or something vanishes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.api.calls import AT_ONCE, MOST_WAITING, Calls
from chatbot.api.errors import STATUS, Refused, refusals
from chatbot.desk import Desk, open_library
from chatbot.people.accounts import Account, Accounts
from chatbot.people.workspace import LIBRARY, MOST_TOKENS
from chatbot.settings import Settings
from reader import Reader

PASSWORD = "tangerine vault"


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("calls") / "users.json"
    accounts = Accounts.made(file)
    accounts.add("ada", "member", PASSWORD)
    accounts.add("olga", "owner", PASSWORD)
    return file


@pytest.fixture(scope="module")
def desk(users: Path) -> Iterator[Desk]:
    """A desk for people with accounts only."""
    settings = Settings(users.with_name("home"), auth=users)
    desk = Desk(open_library(settings), Reader.load(), settings)
    yield desk
    desk.close()


@pytest.fixture
def calls(desk: Desk, tmp_path: Path) -> Calls:
    return Calls(desk, 1 << 20, tmp_path)


def test_an_account_gets_a_token_and_nobody_else(calls: Calls, desk: Desk) -> None:
    token = asyncio.run(calls.visit("ada", PASSWORD))["token"]
    assert desk.visitor(token).name == "ada"
    again = asyncio.run(calls.visit("ada", PASSWORD))["token"]
    assert desk.visitor(again).id == desk.visitor(token).id
    for name, password in (("ada", "wrong password"), ("eve", PASSWORD), ("", "")):
        with pytest.raises(Refused) as refused:
            asyncio.run(calls.visit(name, password))
        assert refused.value.kind == "not_allowed"
    desk.workspace.leave("")  # somebody without a login leaves: nobody else does
    assert desk.workspace.is_token(token)


def test_an_account_that_ends_while_its_password_is_checked_gets_no_token(
    calls: Calls, desk: Desk, users: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts = Accounts(users)
    accounts.add("kay", "member", PASSWORD)
    checked = desk.workspace.log_in

    def slowly(name: str, password: str) -> Account | None:
        found = checked(name, password)
        accounts.remove("kay")
        accounts.add("kay", "member", "another person's words")
        return found

    monkeypatch.setattr(desk.workspace, "log_in", slowly)
    with pytest.raises(Refused, match="do not belong together"):
        asyncio.run(calls.visit("kay", PASSWORD))


def test_a_program_that_visits_at_every_turn_takes_no_more_memory(
    calls: Calls, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = desk.workspace.log_in("ada", PASSWORD)
    monkeypatch.setattr(desk.workspace, "log_in", lambda *_: account)  # scrypt is slow

    async def many() -> list[str]:
        return [(await calls.visit("ada", PASSWORD))["token"] for _ in range(MOST_TOKENS + 5)]

    page = desk.workspace.enter(None, "ada")
    tokens = asyncio.run(many())
    good = [token for token in tokens if desk.workspace.is_token(token)]
    assert good == tokens[5:]
    assert desk.workspace.is_token(page)


def test_a_visitors_token_is_worth_nothing_where_people_have_accounts(calls: Calls) -> None:
    with pytest.raises(Refused) as refused:
        asyncio.run(calls.documents("a" * 43))
    assert (refused.value.kind, refused.value.status) == ("no_token", 401)


@pytest.mark.parametrize("question", ["", " \n", 7, "\ud800 lamp?"])
def test_what_is_no_question_is_refused(calls: Calls, question: object) -> None:
    token = asyncio.run(calls.visit("ada", PASSWORD))["token"]
    for call in (calls.ask, calls.search):
        with pytest.raises(Refused, match="expected a question") as refused:
            asyncio.run(call(token, question))
        assert refused.value.status == 400


def test_tries_are_counted(calls: Calls) -> None:
    async def guess() -> list[str]:
        kinds = []
        for _ in range(8):
            with pytest.raises(Refused) as refused:
                await calls.visit("grace", "a wrong password")
            kinds.append(refused.value.kind)
        return kinds

    assert asyncio.run(guess())[-1] == "limit"


def test_who_would_wait_too_long_is_told(calls: Calls) -> None:
    async def crowd() -> list[str]:
        async with calls._turn(), calls._turn():
            waiting = [asyncio.create_task(hold()) for _ in range(MOST_WAITING)]
            await asyncio.sleep(0)  # each has taken its place in the line
            with pytest.raises(Refused) as refused:
                await hold()
        await asyncio.gather(*waiting)
        return [refused.value.kind]

    async def hold() -> None:
        async with calls._turn():
            pass

    assert AT_ONCE == 2
    assert asyncio.run(crowd()) == ["busy"]


def test_a_file_that_left_the_list_is_its_document(calls: Calls, desk: Desk) -> None:
    async def two() -> None:
        token = (await calls.visit("ada", PASSWORD))["token"]
        first = await calls.add(token, "one.txt", "Snow fell on Tuesday.")
        visitor = desk.visitor(token)
        (job,) = desk.documents.shelf(visitor).jobs
        await calls.add(token, "two.txt", "Rain fell on Monday.")  # forgets the first
        unaware = replace(job, state="embedding")
        assert await calls._outcome(visitor, unaware, 60.0) == {**first, "progress": 1.0}
        await calls.remove(token, first["document_id"])
        with pytest.raises(Refused, match="removed meanwhile"):
            await calls._outcome(visitor, unaware, 60.0)

    asyncio.run(two())


def test_what_an_owner_shares_is_shared_in_every_list(calls: Calls, desk: Desk) -> None:
    async def shared() -> None:
        owner = (await calls.visit("olga", PASSWORD))["token"]
        member = (await calls.visit("ada", PASSWORD))["token"]
        added = await calls.add(owner, "rules.txt", "Snow is cleared.", collection=LIBRARY)
        await calls.add(owner, "rules.txt", "Rain is not.")  # another one, of the owner's own
        for token in (owner, member):
            for collection in ("", LIBRARY):
                listed = (await calls.documents(token, collection))["documents"]
                found = [one for one in listed if one["document_id"] == added["document_id"]]
                assert [(one["shared"], one["collection"]) for one in found] == [(True, LIBRARY)]
        own = [one for one in (await calls.documents(owner))["documents"] if not one["shared"]]
        assert [one["document"] for one in own] == ["rules.txt"]
        visitor = desk.visitor(owner)
        (job,) = desk.documents.shelf(visitor, LIBRARY).jobs
        desk.library.queue.forget([job.id], visitor.writable)
        unaware = replace(job, state="embedding")
        assert await calls._outcome(visitor, unaware, 60.0) == {**added, "progress": 1.0}
        assert (await calls.remove(owner, added["document_id"]))["shared"]
        with pytest.raises(Refused, match="removed meanwhile"):
            await calls._outcome(visitor, unaware, 60.0)

    asyncio.run(shared())


def test_what_nobody_expected_says_no_more_than_its_kind() -> None:
    with pytest.raises(Refused) as refused, refusals():
        raise RuntimeError("the key is 1234")
    assert refused.value.kind == "failed"
    assert "1234" not in str(refused.value)
    assert set(STATUS.values()) == {400, 401, 403, 404, 429, 500, 503}
