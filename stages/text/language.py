"""The language of a text: a fastText model on its beginning, backed up by the scripts of the whole."""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stages.text.codepoints import Text
from stages.text.script_evidence import judge, kind_counts, without_code

UNDETERMINED: Final = "und"  # ISO 639-2: no language can be told
JAPANESE: Final = "ja"

# Labels of models that name languages by ISO 639-3 (GlotLID, OpenLID), where ISO 639-1 has a code of two letters and
# the language matters here; any other keeps its three letters.
_TWO_LETTERS: Final = {"jpn": "ja", "cmn": "zh", "zho": "zh", "kor": "ko", "eng": "en"}
_UNWANTED: Final = re.compile(r"[\0\ud800-\udfff]")
_EXCERPT_SLACK: Final = 4  # times the characters wanted are looked at, in case most are white space

Predict = Callable[[str], Sequence[tuple[float, str]]]


class Languages(NamedTuple):
    """The language of each text.

    codes: ISO code of the best label, "und" for a text without letters.
    japanese: float64, shape (num_texts,), probability of Japanese.
    by_script: bool, shape (num_texts,), whether the scripts overruled the model's likeliest language.
    """

    codes: list[str]
    japanese: npt.NDArray[np.float64]
    by_script: npt.NDArray[np.bool_]


def excerpt(text: str, num_characters: int) -> str:
    """The beginning of a text as one line that fastText takes: no line break, NUL or lone surrogate.

    >>> excerpt("  春は\\nあけぼの。\\0やうやう", 9)
    '春は あけぼの。'
    """
    beginning = _UNWANTED.sub(" ", text[: num_characters * _EXCERPT_SLACK])
    return " ".join(beginning.split())[:num_characters].rstrip()


def language_code(label: str) -> str:
    """The ISO code in a model's label, whichever way the model names languages.

    >>> [language_code(x) for x in ("__label__ja", "__label__jpn_Jpan", "__label__zho_Hans", "__label__yue_Hant")]
    ['ja', 'ja', 'zh', 'yue']
    """
    code = label.removeprefix("__label__").partition("_")[0]
    return _TWO_LETTERS.get(code, code)


def identify(
    texts: Sequence[str], points: Text, predict: Predict, *, num_characters: int, use_scripts: bool = True
) -> Languages:
    """The languages of texts, given both as strings and as code points.

    predict: (probability, label) pairs, best first, of one line of text.
    num_characters: how much of a text's beginning the model sees; the scripts are counted over the whole.
    use_scripts: whether the scripts back the model up (see `judge`); without them the model's word stands.
    """
    counts = kind_counts(points)
    has_letters = counts[:, 1:].sum(axis=1) > 0
    codes: list[str] = []
    scores = np.zeros(len(texts), np.float64)
    by_script = np.zeros(len(texts), np.bool_)
    for row, text in enumerate(texts):
        if not has_letters[row]:
            codes.append(UNDETERMINED)
            continue
        found = [(float(p), language_code(label)) for p, label in predict(excerpt(text, num_characters))]
        scores[row] = min(1.0, sum(p for p, code in found if code == JAPANESE))
        likeliest = found[0][1] if found else UNDETERMINED
        code = likeliest
        if use_scripts:
            scores[row], script_says = judge(float(scores[row]), without_code(text, counts[row]))
            if script_says:
                code = JAPANESE
            elif script_says is False and code == JAPANESE:
                code = next((other for _, other in found if other != JAPANESE), UNDETERMINED)
        codes.append(code)
        by_script[row] = code != likeliest
    return Languages(codes, scores, by_script)
