from pipeline.stage import Tally


def numbers(tally: Tally, reason: str = "empty") -> list[int]:
    return sorted(about["n"] for _, about in tally.examples.get(reason, []))


def test_examples_come_from_all_over_the_input() -> None:
    tally = Tally(examples_per_reason=20)
    for n in range(1000):
        tally.drop("empty", n=n)
    kept = numbers(tally)
    assert len(kept) == 20
    assert kept[0] < 200
    assert kept[-1] > 800


def test_describing_only_wanted_examples_keeps_the_same_ones() -> None:
    always, asked = Tally(examples_per_reason=5), Tally(examples_per_reason=5)
    num_described = 0
    for n in range(500):
        always.drop("empty", n=n)
        wanted = asked.wants_example("empty")
        num_described += wanted
        asked.drop("empty", **({"n": n} if wanted else {}))
    assert numbers(asked) == numbers(always)
    assert asked.dropped == always.dropped == {"empty": 500}
    assert num_described < 50


def test_no_example_is_wanted_where_none_is_kept() -> None:
    tally = Tally()
    assert not tally.wants_example("empty")
    tally.drop("empty", n=1)
    assert not tally.examples


def test_each_reason_has_its_own_examples() -> None:
    tally = Tally(examples_per_reason=1)
    tally.drop("empty", n=1)
    assert tally.wants_example("revisit")
