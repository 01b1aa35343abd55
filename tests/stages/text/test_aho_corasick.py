import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.aho_corasick import automaton, step


def occurrences(words, text):
    """(first, word) for every occurrence, by the automaton."""
    machine = automaton(words)
    found, state = set(), 0
    for at, character in enumerate(text):
        state = step(machine, state, ord(character))
        hit = state if machine.word[state] >= 0 else machine.suffix[state]
        while hit:
            word = int(machine.word[hit])
            found.add((at + 1 - int(machine.lengths[word]), words[word]))
            hit = machine.suffix[hit]
    return found


@given(
    st.lists(st.text("あいう𠮷", min_size=1, max_size=5), unique=True, max_size=12), st.text("あいう𠮷a", max_size=60)
)
def test_every_occurrence_is_found_and_nothing_else(words, text):
    expected = {(i, w) for w in words for i in range(len(text)) if text.startswith(w, i)}
    assert occurrences(words, text) == expected


def test_an_empty_word_is_refused():
    with pytest.raises(ValueError, match="word 1 is empty"):
        automaton(["あ", ""])


def test_no_words_find_nothing():
    assert occurrences([], "文字") == set()


def test_children_of_a_state_are_sorted_and_states_deepen():
    machine = automaton(["かき", "かく", "かあ", "き"])
    for state in range(len(machine.word)):
        labels = machine.labels[machine.starts[state] : machine.starts[state + 1]]
        assert np.all(labels[:-1] < labels[1:])
    assert np.all(machine.failure[1:] < np.arange(1, len(machine.failure)))


def test_a_long_chain_of_failures_takes_linear_time():
    assert len(occurrences(["あ" * 500 + "い"], "あ" * 100_000)) == 0
