"""Where the real data lies that tests read when it is present and never copy."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared_data(name: str) -> Path:
    """The path of a real data file; skips the test, saying why, where the data is not present."""
    path = SHARED / "data" / name
    if not path.exists():
        pytest.skip(f"real data is not present: {path}")
    return path
