"""Who asks for a change, as the journal writes it."""

import os
import pwd

import pytest

from sutaztop.store.who import who_am_i

ME = os.geteuid()
MY_NAME = pwd.getpwuid(ME).pw_name


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, MY_NAME),
        ({"SUDO_USER": "alice"}, f"{MY_NAME} (alice by sudo)"),
        ({"SUDO_USER": MY_NAME}, MY_NAME),
        ({"SSH_CONNECTION": "10.0.0.7 50212 10.0.0.1 22"}, f"{MY_NAME} from 10.0.0.7"),
        ({"SUDO_USER": "alice", "SSH_CLIENT": "fe80::1 5 22"}, f"{MY_NAME} (alice by sudo) from fe80::1"),
        ({"SUDO_USER": "\x1b[31mal\x00ice"}, f"{MY_NAME} (alice by sudo)"),
    ],
)
def test_the_account_the_person_and_the_origin_are_told(environment: dict[str, str], expected: str) -> None:
    assert who_am_i(environment, uid=ME, login_uid=ME) == expected


def test_the_account_that_logged_in_is_told_where_it_is_another() -> None:
    assert who_am_i({}, uid=ME, login_uid=54321) == f"{MY_NAME} (logged in as uid 54321)"


def test_an_account_without_a_name_is_told_by_its_number() -> None:
    assert who_am_i({}, uid=54321, login_uid=54321) == "uid 54321"


def test_asked_of_this_very_process_it_names_somebody() -> None:
    assert who_am_i(os.environ)
