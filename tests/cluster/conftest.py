from collections.abc import Iterator

import pytest

from tests.cluster.chains import Chain, make_chain


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Real engines are brought up only when they are asked for."""
    if "cluster" in (config.getoption("-m") or ""):
        return
    skip = pytest.mark.skip(
        reason="brings up a real engine on this machine; ask for it: pytest -m cluster tests/cluster"
    )
    for item in items:
        if item.get_closest_marker("cluster"):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A config, its inputs, and what the local run makes of them."""
    yield make_chain(tmp_path_factory.mktemp("chain"))
