from pathlib import Path

import pytest

from tests.cluster.chains import Chain, quickstart_chain, short_chain
from tests.factories import copied_house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code that all jobs run."""
    return copied_house(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="session")
def quickstart(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """The quickstart, and what the local run makes of it."""
    return quickstart_chain(house, tmp_path_factory.mktemp("quickstart"))


@pytest.fixture(scope="session")
def short(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """A chain of three plans, and what the local run makes of it."""
    return short_chain(house, tmp_path_factory.mktemp("short"))


@pytest.fixture
def site(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The site file that the module's SITE holds."""
    path = tmp_path / "site.toml"
    path.write_text(request.module.SITE)
    return path
