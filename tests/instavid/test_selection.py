"""Reading `-p`."""

import pytest

from instavid.errors import UsageError
from instavid.selection import Selection, parse_selection


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sheep2giraffe", Selection("sheep2giraffe")),
        ("sheep2giraffe:BtoA", Selection("sheep2giraffe", "BtoA")),
        ("a@class:sheep", Selection("a", "AtoB", ("sheep",))),
        ("a@class:traffic light,car:BtoA", Selection("a", "BtoA", ("traffic light", "car"))),
        ("C:/pairs/mine@class:cow:AtoB", Selection("C:/pairs/mine", "AtoB", ("cow",))),
        ("/home/me@work/pair", Selection("/home/me@work/pair")),
    ],
)
def test_a_specification_is_read(text: str, expected: Selection) -> None:
    assert parse_selection(text) == expected


@pytest.mark.parametrize("text", ["", "a@sheep", "a@class:", "a@id:3", "a:AtoC"])
def test_a_wrong_specification_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(UsageError, match=r"PAIR|@class|AtoB"):
        parse_selection(text)
