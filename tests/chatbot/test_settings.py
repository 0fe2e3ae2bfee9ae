"""Flags win over the environment, the environment over defaults, nonsense is refused."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

import pytest

from chatbot.people.limits import Limits
from chatbot.settings import Settings, add_flags, from_flags


def parse(*arguments: str, **environment: str) -> Settings:
    parser = ArgumentParser()
    add_flags(parser, serving=True)
    return from_flags(parser.parse_args(arguments), environment)


def test_defaults_stay_on_this_machine() -> None:
    settings = parse()
    assert (settings.host, settings.port, settings.share) == ("127.0.0.1", 7860, False)
    assert settings.home.parts[-3:] == (".local", "share", "quoth")
    assert from_flags(None, {}) == settings


def test_a_space_listens_to_the_outside_and_keeps_its_data_where_it_lasts() -> None:
    settings = from_flags(None, {"SPACE_ID": "someone/quoth", "DATA_DIR": "/data"})
    assert settings.host == "0.0.0.0"
    assert settings.home == Path("/data")


def test_the_owner_of_a_space_is_whom_it_belongs_to_or_who_was_named() -> None:
    space = {"SPACE_ID": "house/quoth", "SPACE_AUTHOR_NAME": "house"}
    assert from_flags(None, space).owner_name == "house"
    assert from_flags(None, {**space, "QUOTH_OWNER": "ada"}).owner_name == "ada"
    assert from_flags(None, {"QUOTH_OWNER": "ada"}).owner_name == ""


def test_a_space_is_opened_by_itself_under_its_first_name() -> None:
    hosts = {"SPACE_HOST": " ada-quoth.hf.space,quoth.example"}
    assert from_flags(None, {"SPACE_ID": "ada/quoth", **hosts}).space_host == "ada-quoth.hf.space"
    assert from_flags(None, hosts).space_host == ""


def test_flags_win_over_the_environment() -> None:
    environment = {"QUOTH_HOME": "/a", "QUOTH_PORT": "1", "QUOTH_HOST": "::1"}
    assert parse(**environment) == Settings(Path("/a"), "::1", 1)
    flags = ("--home", "/b", "--port", "0", "--host", "127.0.0.2", "--show", "x", "--show", "y")
    settings = parse(*flags, **environment)
    assert settings == Settings(Path("/b"), "127.0.0.2", 0, shared=("x", "y"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "70000"),
        ("--threshold", "1.5"),
        ("--max-file-mb", "0"),
        ("--keep-days", "-1"),
        ("--total-mb", "-2"),
    ],
)
def test_a_value_out_of_range_is_named(arguments: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=arguments[1].replace(".", r"\.")):
        parse(*arguments)


def test_a_port_in_words_is_refused() -> None:
    with pytest.raises(ValueError, match="QUOTH_PORT"):
        parse(QUOTH_PORT="many")


def test_limits_come_from_flags_and_the_environment() -> None:
    settings = parse("--questions-per-minute", "3", QUOTH_FILES="7", QUOTH_QUESTIONS_PER_MINUTE="9")
    assert (settings.limits.questions_per_minute, settings.limits.files) == (3, 7)
    assert settings.limits.total_mb == Limits().total_mb
    assert parse("--total-mb", "0").limits.total_mb == 0
    assert parse(QUOTH_MAX_FILE_MB="8").max_file_mb == 8
    with pytest.raises(ValueError, match="QUOTH_FILES"):
        parse(QUOTH_FILES="few")


def test_visitors_are_kept_for_a_month_and_in_a_space_for_a_day() -> None:
    space = {"SPACE_ID": "someone/quoth"}
    assert (parse().keep_days, from_flags(None, space).keep_days) == (30, 1)
    assert parse("--keep-days", "0", **space).keep_days == 0
    assert parse(QUOTH_KEEP_DAYS="7").keep_days == 7


def test_accounts_come_from_a_file_or_from_the_space() -> None:
    settings = parse("--auth", "users.json", "--visitors")
    assert (settings.auth, settings.visitors) == (Path("users.json"), True)
    assert parse(QUOTH_AUTH="u.json").auth == Path("u.json")
    oauth = {"OAUTH_CLIENT_ID": "x", "SPACE_AUTHOR_NAME": "ada"}
    assert not parse(**oauth).hf_oauth
    space = from_flags(None, {"SPACE_ID": "ada/quoth", "SYSTEM": "spaces", **oauth})
    assert (space.hf_oauth, space.owner_name) == (True, "ada")
    for system in ({}, {"SYSTEM": "docker"}):  # where Gradio's sign-in would be a mock
        assert not from_flags(None, {"SPACE_ID": "ada/quoth", **system, **oauth}).hf_oauth


def test_hosts_and_proxies_are_named_and_a_space_knows_its_own() -> None:
    assert (parse().allowed_hosts, parse().trusted_proxies) == ((), "127.0.0.1")
    named = parse("--allowed-hosts", "chat.example.org, .example.net", QUOTH_ALLOWED_HOSTS="x")
    assert named.allowed_hosts == ("chat.example.org", ".example.net")
    assert parse(QUOTH_ALLOWED_HOSTS="*").allowed_hosts == ("*",)
    space = {"SPACE_ID": "ada/quoth", "SPACE_HOST": "ada-quoth.hf.space,chat.example.org"}
    own = ("ada-quoth.hf.space", "chat.example.org", ".hf.space", "huggingface.co")
    assert from_flags(None, space).allowed_hosts == own
    assert parse("--allowed-hosts", "b", **space).allowed_hosts == ("b", *own)
    assert from_flags(None, space).trusted_proxies == "127.0.0.1,10.0.0.0/8"
    assert parse(FORWARDED_ALLOW_IPS="10.1.1.1", **space).trusted_proxies == "10.1.1.1"
    assert parse("--trusted-proxies", "10.2.2.2").trusted_proxies == "10.2.2.2"
    assert parse("--address-visitors-per-hour", "0").limits.address_visitors_per_hour == 0
