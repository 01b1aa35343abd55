from stages.text.html.features import FEATURES
from stages.text.html.weights import WEIGHTS_BY_FEATURE


def test_every_feature_has_its_weight():
    assert list(WEIGHTS_BY_FEATURE) == list(FEATURES)
