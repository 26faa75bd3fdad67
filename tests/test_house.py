"""The house keeps its own rules: floors, docstrings and the table that lists them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path
    for package in ("workbench", "ui")
    for path in (ROOT / package).rglob("*.py")
    if path.read_text("utf-8").strip()
)


def docstring_of(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_the_floors_hold() -> None:
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_says_in_one_sentence_what_it_holds(path: Path) -> None:
    first = docstring_of(path).partition("\n\n")[0]
    assert first, f"{module_name(path)} has no docstring"
    assert first.rstrip().endswith("."), f"{module_name(path)}: the first paragraph is not a sentence: {first!r}"


def test_the_architecture_lists_every_module_with_its_own_sentence() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `([\w.]+)` \| (.+?) \|$", text, re.MULTILINE))
    actual = {module_name(p): " ".join(docstring_of(p).partition("\n\n")[0].split()) for p in MODULES}
    wanted = {name: sentence.replace("|", "\\|") for name, sentence in actual.items()}
    missing = "\n".join(f"| `{n}` | {s} |" for n, s in wanted.items() if listed.get(n) != s)
    assert listed == wanted, f"These rows of ARCHITECTURE.md are missing or out of date:\n{missing}"


def test_every_dependency_has_its_reason_in_the_architecture() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["test"]
    names = {re.match(r"[\w.-]+", entry)[0] for entry in asked}  # type: ignore[index]  # every entry starts with its name
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert sorted(name for name in names if f"| {name} |" not in text) == []


def test_no_file_names_a_registry_host() -> None:
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "files" + r"\.pythonhosted", "registry" + r"\.npmjs", "deb" + r"\.debian\.org"])
    )
    found = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*")
        if path.is_file() and path.suffix in {".py", ".md", ".toml", ".txt", ".yaml", ".json", ".js", ".html", ""}
        if not {".git", ".venv", "build", "dist", "node_modules"} & set(path.relative_to(ROOT).parts)
        if hosts.search(path.read_text("utf-8", errors="ignore"))
    ]
    assert found == []
