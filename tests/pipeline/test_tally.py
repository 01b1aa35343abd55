from hypothesis import given
from hypothesis import strategies as st

from pipeline.stage import Tally


def test_every_drop_is_counted_by_its_reason() -> None:
    tally = Tally()
    tally.drop("not_html", url="https://a.example/")
    tally.drop_many("not_a_response", 3)
    tally.drop_many("revisit", 0)
    assert tally.dropped == {"not_html": 1, "not_a_response": 3}
    assert not tally.examples


@given(st.integers(0, 60), st.integers(0, 8))
def test_examples_are_bounded_and_wanted_ones_are_those_kept(num_drops: int, quota: int) -> None:
    told, asked = Tally(examples_per_reason=quota), Tally(examples_per_reason=quota)
    for number in range(num_drops):
        told.drop("not_html", url=str(number))
        if asked.wants_example("not_html"):
            asked.drop("not_html", url=str(number))
        else:
            asked.drop("not_html")
    assert told.examples == asked.examples
    assert sum(map(len, told.examples.values())) == min(quota, num_drops)


@given(st.integers(0, 3000), st.integers(0, 4))
def test_counting_as_many_as_come_before_an_example_keeps_the_same_ones(num_drops: int, quota: int) -> None:
    told, counted = Tally(examples_per_reason=quota), Tally(examples_per_reason=quota)
    number = 0
    while number < num_drops:
        passed = min(counted.until_example("not_html"), num_drops - number)
        counted.drop_many("not_html", passed)
        for each in range(number, number + passed):
            told.drop("not_html", url=str(each))
        number += passed
        if number < num_drops:
            for tally in (told, counted):
                tally.drop("not_html", url=str(number))
            number += 1
    assert counted.examples == told.examples
    assert counted.dropped == told.dropped
