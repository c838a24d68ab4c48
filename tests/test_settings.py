"""Settings: flags before environment before defaults, and a wrong one is refused by its name."""

import os
from pathlib import Path

import pytest

from api.settings import InvalidSetting, Settings, read_settings

FIELDS = [
    *"library collection encoder precision reader least_confidence ocr documents host port names".split(),
    *"origins writable largest_upload largest_body".split(),
]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FOOTNOTE_")]:
        monkeypatch.delenv(name)


def test_without_flags_and_environment_the_defaults_hold():
    """Among them: only this machine can reach the server, and a body of 1 MB is the largest."""
    assert read_settings().model_dump() == {
        "library": Path(".footnote"),
        "collection": "",
        "encoder": None,
        "precision": None,
        "reader": "trained",
        "least_confidence": None,
        "ocr": None,
        "documents": None,
        "host": "127.0.0.1",
        "port": 8000,
        "names": None,
        "origins": "",
        "writable": None,
        "largest_upload": 2**28,
        "largest_body": 2**20,
    }


@pytest.mark.parametrize(
    ("name", "given", "read"),
    [
        ("library", "/somewhere/else", Path("/somewhere/else")),
        ("collection", "cats-2_b", "cats-2_b"),
        ("encoder", "BAAI/bge-small-en-v1.5", "BAAI/bge-small-en-v1.5"),
        ("precision", "float32", "float32"),
        ("reader", "lexical", "lexical"),
        ("least_confidence", "0.5", 0.5),
        ("ocr", "chi_sim_vert+eng", "chi_sim_vert+eng"),
        ("documents", "seeds", Path("seeds")),
        ("host", "::1", "::1"),
        ("port", "0", 0),
        ("names", "example.org,localhost", "example.org,localhost"),
        ("origins", "https://example.org", "https://example.org"),
        ("writable", "no", "no"),
        ("largest_upload", "4096", 4096),
        ("largest_body", "1024", 1024),
    ],
)
def test_each_setting_is_read_from_its_variable_and_from_its_flag(monkeypatch: pytest.MonkeyPatch, name: str, given: str, read: object):
    assert getattr(read_settings({name: given}), name) == read
    monkeypatch.setenv(f"FOOTNOTE_{name.upper()}", given)
    assert getattr(read_settings(), name) == read
    assert getattr(read_settings({name: None}), name) == read


def test_every_setting_is_tried_in_these_tests():
    assert list(Settings.model_fields) == FIELDS


def test_a_flag_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FOOTNOTE_PORT", "9000")
    monkeypatch.setenv("FOOTNOTE_HOST", "::1")
    settings = read_settings({"port": "9001", "host": None})
    assert (settings.port, settings.host) == (9001, "::1")


@pytest.mark.parametrize(
    ("name", "given", "rule"),
    [
        pytest.param("port", "x", "valid integer", id="port: a word"),
        pytest.param("port", "", "valid integer", id="port: empty"),
        pytest.param("port", "-1", "greater than or equal to 0", id="port: negative"),
        pytest.param("port", "65536", "less than or equal to 65535", id="port: too large"),
        pytest.param("port", "80.5", "valid integer", id="port: broken"),
        pytest.param("host", "", "at least 1 character", id="host: empty"),
        pytest.param("encoder", "", "at least 1 character", id="encoder: empty"),
        pytest.param("collection", "Cats", "String should match pattern", id="collection: capitals"),
        pytest.param("collection", "../up", "String should match pattern", id="collection: path"),
        pytest.param("precision", "int4", "'int8' or 'float32'", id="precision: unknown"),
        pytest.param("precision", "INT8", "'int8' or 'float32'", id="precision: other case"),
        pytest.param("reader", "magic", "trained|late-interaction|lexical|model:", id="reader: unknown"),
        pytest.param("reader", "", "trained|late-interaction|lexical|model:", id="reader: empty"),
        pytest.param("least_confidence", "often", "valid number", id="least confidence: a word"),
        pytest.param("least_confidence", "-0.1", "greater than or equal to 0", id="least confidence: negative"),
        pytest.param("least_confidence", "1.1", "less than or equal to 1", id="least confidence: over 1"),
        pytest.param("least_confidence", "nan", "equal to", id="least confidence: not a number"),
        pytest.param("least_confidence", "inf", "less than or equal to 1", id="least confidence: infinite"),
        pytest.param("ocr", "", "match pattern", id="OCR: empty"),
        pytest.param("ocr", "english", "match pattern", id="OCR: no language as tesseract names them"),
        pytest.param("ocr", "eng,deu", "match pattern", id="OCR: with a comma"),
        pytest.param("ocr", "eng+", "match pattern", id="OCR: half"),
        pytest.param("ocr", "eng\n", "match pattern", id="OCR: with a line end"),
        pytest.param("ocr", "../../eng", "match pattern", id="OCR: a path"),
        pytest.param("ocr", "--help", "match pattern", id="OCR: a flag"),
        pytest.param("largest_body", "1023", "greater than or equal to 1024", id="largest body: too small"),
        pytest.param("largest_body", "9" * 30, "less than or equal to 1073741824", id="largest body: absurd"),
        pytest.param("largest_body", "1 MB", "valid integer", id="largest body: with a unit"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_variable_and_flag_with_the_rule(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, rule: str
):
    """The value itself, which may be a secret, is not repeated; the sentence is one line."""
    variable, flag = f"FOOTNOTE_{name.upper()}", f"--{name.replace('_', '-')}"
    monkeypatch.setenv(variable, given)
    with pytest.raises(InvalidSetting) as by_environment:
        read_settings()
    monkeypatch.delenv(variable)
    with pytest.raises(InvalidSetting) as by_flag:
        read_settings({name: given})
    message = str(by_environment.value)
    assert message == str(by_flag.value)
    assert message.startswith(f"{variable} ({flag}): ")
    assert rule in message
    assert message.endswith(".")
    assert "\n" not in message
    assert len(given) < 4 or given not in message


def test_a_setting_that_does_not_exist_cannot_be_given_as_a_flag():
    with pytest.raises(InvalidSetting, match=r"FOOTNOTE_COLOUR \(--colour\)"):
        read_settings({"colour": "red"})


def test_other_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("LIBRARY", "/elsewhere")
    monkeypatch.setenv("FOOTNOTED_PORT", "9001")
    assert (read_settings().port, read_settings().library) == (8000, Path(".footnote"))


def test_a_file_of_variables_in_the_working_folder_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What a stranger's folder holds must not decide how Footnote runs."""
    (tmp_path / ".env").write_text("FOOTNOTE_HOST=0.0.0.0\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_settings().host == "127.0.0.1"
