"""What must stay true of the code as a whole."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("api", "qa", "index")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST_FILE = 260  # lines

modules = pytest.mark.parametrize("module", MODULES, ids=[str(path.relative_to(ROOT)) for path in MODULES])


def _run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno
    return function.end_lineno - function.lineno + 1


def test_imports_keep_the_contracts():
    said = _run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache", cwd=ROOT)
    kept, broken = re.findall(r"Contracts: (\d+) kept, (\d+) broken", said)[0]
    assert (int(kept) >= 6, int(broken)) == (True, 0)


@pytest.mark.parametrize("package", PACKAGES)
def test_from_any_folder_our_packages_are_found_and_not_a_stranger_of_the_same_name(package: str, tmp_path: Path):
    program = f"import importlib.util; print(importlib.util.find_spec({package!r}).origin)"
    assert _run(sys.executable, "-P", "-c", program, cwd=tmp_path).strip() == str(ROOT / package / "__init__.py")


@modules
def test_no_module_has_the_name_of_one_in_the_standard_library(module: Path):
    assert module.stem not in sys.stdlib_module_names or module.stem in ("__init__", "__main__")


def test_no_test_folder_is_a_package_that_would_stand_before_ours():
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("module", ["api.app", "api.cli", "index.library", "qa.answering", "qa.readers"])
def test_what_serves_does_not_import_what_only_compiles(module: str, tmp_path: Path):
    heavy = "('torch', 'transformers', 'sentence_transformers', 'onnx', 'scipy', 'sklearn', 'langchain', 'langchain_core', 'docx')"
    program = f"import sys, {module}; print(sorted(name for name in {heavy} if name in sys.modules))"
    assert _run(sys.executable, "-P", "-c", program, cwd=tmp_path).strip() == "[]"


@modules
def test_every_module_says_in_its_docstring_what_it_is_for(module: Path):
    assert (ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "").strip()


@modules
def test_no_file_is_too_long_to_be_read_in_one_sitting(module: Path):
    assert len(module.read_text("utf-8").splitlines()) <= LONGEST_FILE


def test_functions_are_short():
    lengths = [_lines(function) for module in MODULES for function in _functions(module)]
    assert len(lengths) > 300
    assert median(lengths) < 10
    assert quantiles(lengths, n=10)[8] <= 30
    assert max(lengths) <= 60


@modules
def test_there_is_no_drawer_for_odds_and_ends(module: Path):
    assert module.stem not in {"utils", "core", "common", "helpers", "types", "models", "misc", "base"}


@modules
def test_importing_does_nothing_but_define(module: Path):
    """At the top of a module stand definitions, imports, constants, decorated commands and the guard of a program; no loops, no `with`."""
    for node in ast.parse(module.read_text("utf-8")).body:
        if isinstance(node, ast.If):
            assert ast.unparse(node.test) in ("__name__ == '__main__'", "TYPE_CHECKING")
        elif isinstance(node, ast.Expr):
            assert isinstance(node.value, ast.Constant | ast.Call)
        else:
            allowed = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
            assert isinstance(node, allowed)


def test_tests_use_no_mock():
    users = []
    for path in sorted((ROOT / "tests").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[-1] == "mock" for name in names):
                users.append(path.name)
    assert users == []
