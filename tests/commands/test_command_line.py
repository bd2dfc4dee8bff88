"""What holds for every command: help in both languages, exit codes, no traceback, a quick start."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from collector.cli import COMMANDS, main
from collector.commands import language
from commands.runs import CHECKOUT, copy_demo, run_command

PRINTING = [name for name in COMMANDS if name != "export"]


@pytest.fixture
def vietnamese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue that translates two sentences."""
    catalogue = Catalog(locale="vi")
    catalogue.add("Print the version of this program and which data folder it would use.", "In phiên bản.")
    catalogue.add("Options", "Tuỳ chọn")
    catalogue.add("There is no village in this data folder yet: %(path)s", "Chưa có thôn: %(path)s")
    target = tmp_path / "vi" / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(language, "translations_folder", lambda: tmp_path)


def option_names(name: str) -> set[str]:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    inner = command.commands.values() if isinstance(command, click.Group) else [command]
    return set.intersection(*({option for parameter in each.params for option in parameter.opts} for each in inner))


def test_help_lists_every_command_with_its_first_sentence() -> None:
    shown = run_command("--help").output
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_takes_a_data_folder_and_explains_itself(name: str) -> None:
    assert "--data" in option_names(name)
    shown = run_command(name, "--help")
    assert shown.exit_code == 0
    assert "Usage: " in shown.output


@pytest.mark.parametrize("name", PRINTING)
def test_every_printing_command_can_print_json(name: str) -> None:
    assert "--format" in option_names(name)


@pytest.mark.usefixtures("vietnamese")
@pytest.mark.parametrize(
    "env", [{"COLLECTOR_LANG": "vi"}, {"COLLECTOR_LANG": "", "LANG": "vi_VN.UTF-8", "LC_ALL": "", "LC_MESSAGES": ""}]
)
def test_language_comes_from_the_environment(env: dict[str, str]) -> None:
    shown = run_command("version", "--help", **env).output
    assert "In phiên bản." in shown
    assert "Tuỳ chọn:" in shown


@pytest.mark.usefixtures("vietnamese")
def test_lang_option_beats_the_environment() -> None:
    assert "In phiên bản." in run_command("--lang", "vi", "version", "--help").output
    assert "In phiên bản." not in run_command("--lang", "en", "version", "--help", COLLECTOR_LANG="vi").output


@pytest.mark.usefixtures("vietnamese")
def test_errors_are_told_in_the_chosen_language(tmp_path: Path) -> None:
    assert "Chưa có thôn" in run_command("--lang", "vi", "check", "--data", tmp_path).stderr


def test_unknown_command_option_or_choice_is_a_usage_error() -> None:
    assert run_command("nonsense").exit_code == 2
    assert run_command("check", "--nonsense").exit_code == 2
    assert run_command("export", "everything").exit_code == 2
    assert run_command("export", "records", "--format", "csv").exit_code == 2


@pytest.mark.parametrize(
    "args", [("check",), ("export", "records"), ("backup", "/tmp"), ("minutes", "x", "-o", "x.pdf")]
)
def test_folder_without_a_village_is_refused_in_a_sentence(args: tuple[str, ...], tmp_path: Path) -> None:
    result = run_command(*args, "--data", tmp_path / "nothing")
    assert result.exit_code == 1
    assert "There is no village in this data folder yet" in result.stderr
    assert not (tmp_path / "nothing").exists()


def test_missing_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = copy_demo(tmp_path / "data")
    result = run_command("import", "records", tmp_path / "none.ndjson", "--data", folder.root)
    assert result.exit_code == 1
    assert "none.ndjson" in result.stderr
    assert "Traceback" not in result.stderr


def test_help_loads_neither_flask_nor_weasyprint() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from collector.cli import main;"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0;"
        "print([name for name in ('flask', 'weasyprint', 'openpyxl', 'sqlite_utils', 'pyrage') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_module_runs_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "collector", "version"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Collector ")
