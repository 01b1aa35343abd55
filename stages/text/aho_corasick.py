"""Many words sought in one pass: the automaton of Aho and Corasick over code points.

A. V. Aho, M. J. Corasick, Efficient string matching: an aid to bibliographic search, CACM 18 (6), 1975.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stages.compiled.kernel import kernel
from stages.text.codepoints import Points

States = npt.NDArray[np.int32]


class Automaton(NamedTuple):
    """A trie with failure links. State 0 is the root; a state's number is above those of all shorter states.

    root: int32, shape (highest first character + 1,): where each character leads from the root, 0 for nowhere.
    starts, labels, targets: edges of state s are starts[s]:starts[s + 1], sorted by label.
    failure: int32, shape (num_states,): the state of the longest proper suffix.
    word: int32, shape (num_states,): the word that ends here, or -1.
    suffix: int32, shape (num_states,): the nearest state along the failure links where a word ends, or 0.
    lengths: int32, shape (num_words,): characters of each word.
    """

    root: States
    starts: States
    labels: Points
    targets: States
    failure: States
    word: States
    suffix: States
    lengths: States


def automaton(words: Sequence[str]) -> Automaton:
    """The automaton that finds these words; word i is known by i, and of equal words by the last.

    Raises ValueError for an empty word, which would be found everywhere.

    >>> len(automaton(["ラーメン", "ラーメン屋", "メン"]).word)  # the root, 5 along ラーメン屋, 2 along メン
    8
    """
    edges: list[dict[int, int]] = [{}]
    parents = [0]
    word = [-1]
    level = {0: list(range(len(words)))}
    depth = 0
    while level:  # breadth first, so that a failure link always points to a state that is known
        deeper: dict[int, list[int]] = {}
        for state, members in level.items():
            for index in members:
                if not words[index]:
                    raise ValueError(f"word {index} is empty")
                if depth == len(words[index]):
                    word[state] = index
                    continue
                label = ord(words[index][depth])
                target = edges[state].get(label)
                if target is None:
                    target = edges[state][label] = len(edges)
                    edges.append({})
                    parents.append(state)
                    word.append(-1)
                    deeper[target] = []
                deeper[target].append(index)
        level = deeper
        depth += 1
    failure, suffix = _links(edges, parents, word)
    flat = [(label, target) for of_state in edges for label, target in sorted(of_state.items())]
    root = np.zeros(max(edges[0], default=0) + 1, np.int32)
    root[list(edges[0])] = list(edges[0].values())
    return Automaton(
        root,
        np.cumsum([0, *map(len, edges)], dtype=np.int32),
        np.array([label for label, _ in flat], np.uint32),
        np.array([target for _, target in flat], np.int32),
        np.array(failure, np.int32),
        np.array(word, np.int32),
        np.array(suffix, np.int32),
        np.array([len(w) for w in words], np.int32),
    )


def _links(edges: Sequence[dict[int, int]], parents: Sequence[int], word: Sequence[int]) -> tuple[list[int], list[int]]:
    """Failure link and nearest word-ending suffix of each state."""
    failure = [0] * len(edges)
    suffix = [0] * len(edges)
    for state, of_state in enumerate(edges):
        for label, target in of_state.items():
            fall = failure[state]
            while fall and label not in edges[fall]:
                fall = failure[fall]
            longest = edges[fall].get(label, 0)
            failure[target] = longest if longest != target else 0
            suffix[target] = failure[target] if word[failure[target]] >= 0 else suffix[failure[target]]
    return failure, suffix


@kernel
def step(machine: Automaton, state: int, point: int) -> int:
    """The state after one more character."""
    while state:
        low = machine.starts[state]
        high = machine.starts[state + 1]
        while low < high:
            middle = (low + high) >> 1
            if machine.labels[middle] < point:
                low = middle + 1
            else:
                high = middle
        if low < machine.starts[state + 1] and machine.labels[low] == point:
            return int(machine.targets[low])
        state = machine.failure[state]
    return int(machine.root[point]) if point < len(machine.root) else 0
