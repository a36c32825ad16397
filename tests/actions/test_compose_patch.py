"""Our keys go into a Compose file, and not a byte of anything else changes."""

from copy import deepcopy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sutaztop.actions.compose_patch import HEADER, Setting, Unpatchable, patch

CPU = Setting(("services", "web", "cpus"), '"1.5"')
DEPLOY = Setting(("services", "web", "deploy", "resources", "limits", "memory"), "96m")

OWNED = """\
# a comment of mine
version:   '3.8'      # odd   spacing


services:
    db:   {image: "db" ,  mem_limit: 1g}   # flow,   on one line
    web:
        environment:
            - "A=b"       # a list
            - |-
              text of
              two lines
        # a comment that trails
x-mine: [1,   2]
"""


def test_a_new_file_says_what_it_is_and_holds_the_setting() -> None:
    assert patch(None, [CPU, DEPLOY]) == HEADER + (
        'services:\n  web:\n    cpus: "1.5"\n    deploy:\n      resources:\n        limits:\n          memory: 96m\n'
    )


def test_a_new_file_for_compose_1_carries_its_version() -> None:
    assert patch(None, [CPU], "2.4").startswith(HEADER + 'version: "2.4"\nservices:\n')


def test_every_line_of_somebody_elses_stays_byte_for_byte() -> None:
    patched = patch(OWNED, [CPU, DEPLOY])
    added = [
        '        cpus: "1.5"', "        deploy:", "          resources:", "            limits:",
        "              memory: 96m",
    ]  # fmt: skip
    assert [line for line in patched.split("\n") if line not in added] == OWNED.split("\n")
    assert yaml.safe_load(patched)["services"]["web"]["deploy"]["resources"]["limits"] == {"memory": "96m"}


def test_a_value_that_stands_there_is_replaced_in_its_place() -> None:
    text = "services:\n  web:\n    cpus: '0.5'   # why\n    image: x\n"
    assert patch(text, [CPU]) == 'services:\n  web:\n    cpus: "1.5"   # why\n    image: x\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("services: {web: {image: x}}\n", 'services: {web: {image: x, cpus: "1.5"}}\n'),
        ("services: {web: {image: x, }}\n", 'services: {web: {image: x,cpus: "1.5" }}\n'),
        ("services: {web: {}}\n", 'services: {web: {cpus: "1.5"}}\n'),
        ("services: {}\n", 'services: {web: {cpus: "1.5"}}\n'),
        ("services:\n", 'services:\n  web:\n    cpus: "1.5"\n'),
        ("services:  # mine\n  web:\n", 'services:  # mine\n  web:\n    cpus: "1.5"\n'),
        ("services:\n  web:\n    cpus:\n", 'services:\n  web:\n    cpus: "1.5"\n'),
        ("# only words\n", '# only words\nservices:\n  web:\n    cpus: "1.5"\n'),
        ("", 'services:\n  web:\n    cpus: "1.5"\n'),
        ("services:\r\n  db:\r\n    image: x", 'services:\r\n  db:\r\n    image: x\r\n  web:\r\n    cpus: "1.5"\r\n'),
        ("services:\n  web:\n    image: x\nname: a", 'services:\n  web:\n    image: x\n    cpus: "1.5"\nname: a'),
        ("\ufeffservices:\n  db: {}\n", '\ufeffservices:\n  db: {}\n  web:\n    cpus: "1.5"\n'),
    ],
)
def test_it_goes_in_however_the_file_is_written(before: str, after: str) -> None:
    assert patch(before, [CPU]) == after


def test_the_same_again_changes_nothing() -> None:
    once = patch(OWNED, [CPU, DEPLOY])
    assert patch(once, [CPU, DEPLOY]) == once


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x: &a {cpus: 1}\nservices: {web: *a}\n", "line 1 has an anchor"),
        ("services:\n  web:\n    <<: *gone\n", "line 3 has an anchor or an alias"),
        ("services:\n  web: [1, 2]\n", "line 2 has no mapping"),
        ("- services\n", "line 1 has no mapping"),
        ("services:\n  web: {cpus: [1]}\n", "something else than a plain value"),
        ("services:\n  web:\n    cpus: |\n      1\n", "something else than a plain value"),
        ("services:\n  web: {cpus: !reset 1}\n", "something else than a plain value"),
        ("services: !override\n  web: {cpus: 1}\n", "no mapping of plain keys"),
        ("services:\n  web: {}\n  web: {}\n", "a key stands twice"),
        ("services: ~\n", "says in words that there is nothing"),
        ("null\n", "it holds nothing, in words"),
        ("services:\n\tweb: {}\n", "line 2 is no valid YAML"),
        ("a: 1\n---\nb: 2\n", "is no valid YAML"),
        ("a: \x07\n", "it is no valid YAML"),
    ],
)
def test_what_could_not_be_changed_alone_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(Unpatchable, match=why):
        patch(text, [CPU])


NAMES = st.text("abz09_-. é'\"#:{}[]&*!|>%@`", min_size=1, max_size=6).filter(lambda it: it.strip() == it)
TREES = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=12,
)


@given(
    others=st.dictionaries(NAMES, TREES, max_size=3), service=NAMES, mine=st.dictionaries(NAMES, TREES, max_size=3),
    flow=st.sampled_from([True, False, None]), indent=st.integers(2, 6), ends=st.booleans(),
)  # fmt: skip
def test_of_any_file_all_that_was_there_still_is(
    others: dict[str, object], service: str, mine: dict[str, object], flow: bool | None, indent: int, ends: bool
) -> None:
    before = {"x-a": others, "services": {**deepcopy(others), service: deepcopy(mine)}, "x-b": 1}
    text = yaml.safe_dump(before, default_flow_style=flow, indent=indent, allow_unicode=True, sort_keys=False)
    text = text if ends else text.rstrip("\n")
    patched = patch(text, [Setting(("services", service, "cpus"), '"1.5"')])
    expected = yaml.safe_load(text)
    expected["services"][service]["cpus"] = "1.5"
    assert yaml.safe_load(patched) == expected
    # What was there is there still, in its order: ours was put in between, and nothing taken out.
    rest = iter(patched)
    assert all(letter in rest for letter in text)
