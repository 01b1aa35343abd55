from collections.abc import Iterator

import pytest

from tests.cluster.chains import Chain, make_chain


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A config, its inputs, and what the local run makes of them."""
    yield make_chain(tmp_path_factory.mktemp("chain"))
