"""Whole-app rules over the source: arrows point inward, one engine module, sizes, names, words of every field."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.kinds import Type
from collector.registry import KINDS

ROOT = Path(__file__).parents[2]
MODULES = sorted([*ROOT.glob("collector/**/*.py"), *ROOT.glob("sync/**/*.py")])
LONGEST_MODULE = 400
PURE_SYNC = ("revisions", "merge", "clock", "errors", "storage", "strict", "bech32", "dialect")
PROTOCOL = (
    *("attachments", "branches", "centre", "erasing", "evicting", "feed", "giving", "heads", "holding", "judging"),
    *("lives", "log", "messages", "offering", "outbox", "pulling", "pushing", "quarantine", "receiving", "relaying"),
    *("departures", "parking", "scopes", "segments", "stocking", "uploads", "visibility"),
)
EDGE = {"views", "cli", "commands"}
WEB_LIBRARIES = {"flask", "flask_babel", "flask_wtf", "flask_login", "wtforms", "werkzeug", "jinja2"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Name every module that a file imports, also inside functions; `if TYPE_CHECKING` blocks count as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = name_of(path).split(".")
                above = package if path.name == "__init__.py" else package[:-1]
                base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [base])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def starts_with(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_follow_the_arrows(path: Path) -> None:
    name, found = name_of(path), set(imports_of(path))
    roots = {each.partition(".")[0] for each in found}
    if starts_with(name, "sync"):
        assert "collector" not in roots
    if starts_with(name, "sync") and path.stem in (*PURE_SYNC, *PROTOCOL):
        assert roots <= {*sys.stdlib_module_names, "msgspec", "sync"}
    if starts_with(name, "collector.participation"):
        outside = {each for each in found if not starts_with(each, "collector.participation")}
        assert {each.partition(".")[0] for each in outside} <= sys.stdlib_module_names
    if path.stem == "records":
        inner = ("collector.kinds", "collector.words", "collector.law", "sync.revisions")
        for each in found:
            is_records = each.startswith("collector.") and ".records." in each
            is_inner = any(starts_with(each, prefix) for prefix in inner)
            assert is_records or is_inner or each.partition(".")[0] in sys.stdlib_module_names, each
    if path.stem == "store":
        assert not roots & WEB_LIBRARIES
        assert not {each for each in found if ".views" in each or ".forms" in each or each.startswith("collector.web")}
    if not starts_with(name, "collector.documents"):
        assert not roots & {"weasyprint", "pydyf"}
    if starts_with(name, "collector.documents"):
        assert not roots & {"flask", "sync"}
        assert all(each.startswith("collector.documents") for each in found if each.startswith("collector."))
    if name != "sync.sqlite":
        assert "sqlite3" not in roots
    if name not in ("sync.postgres", "sync.postgres_connection"):
        assert not roots & {"psycopg", "psycopg_pool"}


def test_the_edge_is_imported_by_the_edge_only() -> None:
    for path in MODULES:
        name = name_of(path)
        if path.stem in EDGE or ".commands" in name or name == "collector.__main__":
            continue
        for each in imports_of(path):
            assert not each.startswith("collector.commands"), name
            assert not each.startswith("collector.cli"), name


def test_only_the_factory_registers_blueprints() -> None:
    found = {name_of(path) for path in MODULES if "register_blueprint(" in path.read_text(encoding="utf-8")}
    assert found == {"collector.frame"}


def test_modules_stay_readable() -> None:
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= LONGEST_MODULE, f"{name_of(path)} has {lines} lines"
        assert path.stem not in {"utils", "helpers", "manager", "misc"}, name_of(path)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_and_public_function_is_explained(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if tree.body:
        assert ast.get_docstring(tree), "the module says what it holds"
    for node in tree.body:
        is_public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if is_public:
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_every_field_has_words_and_every_choice_too() -> None:
    for kind in KINDS.values():
        assert kind.words
        assert kind.title in kind.field_names
        assert len(set(kind.field_names)) == len(kind.fields)
        for field in kind.fields:
            assert field.words, f"{kind.name}.{field.name}"
            assert (field.type is Type.CHOICE) == bool(field.choices), f"{kind.name}.{field.name}"
            assert all(choice.code and choice.words for choice in field.choices)
        for names in kind.indexes:
            assert set(names) <= {*kind.field_names, "unit", "id", "removed"}, kind.name
        if kind.belongs_to:
            assert kind.field(kind.belongs_to).refers_to in KINDS
