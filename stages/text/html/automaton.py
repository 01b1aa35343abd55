"""Many words searched at once: Aho and Corasick's automaton as arrays that a kernel steps through."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt


def automaton(
    words: Mapping[int, Sequence[bytes]], num_symbols: int
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int64]]:
    """Next states, int16, shape (num_states, num_symbols), and the marks found on reaching a state, int64.

    `words` gives each mark (a bit) the words that carry it, as bytes below `num_symbols`. State 0 is the start.
    Raises OverflowError where the words need more than 32,767 states.

    >>> states, marks = automaton({1: [bytes([0, 1])], 2: [bytes([1])]}, 2)
    >>> int(marks[states[states[0, 0], 1]]), int(marks[states[0, 1]])
    (3, 2)
    """
    branches: list[dict[int, int]] = [{}]
    marks = [0]
    for mark, spellings in words.items():
        for word in spellings:
            state = 0
            for symbol in word:
                if symbol not in branches[state]:
                    branches[state][symbol] = len(branches)
                    branches.append({})
                    marks.append(0)
                state = branches[state][symbol]
            marks[state] |= mark
    if len(branches) > np.iinfo(np.int16).max:
        raise OverflowError(f"{len(branches)} states; int16 counts {np.iinfo(np.int16).max}")
    states = np.zeros((len(branches), num_symbols), np.int16)
    fallback = [0] * len(branches)
    queue = [0]
    for state in queue:
        if state:
            states[state] = states[fallback[state]]
        for symbol, target in branches[state].items():
            fallback[target] = int(states[fallback[state], symbol]) if state else 0
            marks[target] |= marks[fallback[target]]
            queue.append(target)
        for symbol, target in branches[state].items():
            states[state, symbol] = target
    return states, np.array(marks, np.int64)
