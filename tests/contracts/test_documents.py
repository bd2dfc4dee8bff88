"""What the documents say is so: commands, links, pictures; and nothing in the tree speaks of where it was written."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from collector.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
PICTURES_BYTES = 900_000
LOCAL = re.compile(
    r"/(?:root(?!/item)|work|Users|home/\w+)/|\b(?:TODO|FIXME|XXX|HACK)\b|(?i:co-authored-by:|generated with\b)"
)
"""Paths of one computer (`/root/item` is where XForms keep choices), marks of unfinished work, and trailers that say
who or what typed a line."""


def read_documents() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)


def tracked_files() -> list[Path]:
    """List the files of the project (in an exported tree without history: all but what tools leave behind)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    folders = ("collector", "sync", "tests", "tools", "docs", "benchmarks")
    return [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"\bcollector {name}\b", read_documents())


def test_every_documented_command_and_option_exists() -> None:
    documents = read_documents()
    named = re.findall(r"`collector ([a-z]+)([^`\n]*)`", documents)
    named += re.findall(r"^ {4}(?:\$ )?collector ([a-z]+)(.*)$", documents, re.MULTILINE)
    assert len(named) > len(COMMANDS) // 2
    for name, rest in named:
        command = main.get_command(click.Context(main), name)
        assert command is not None, name
        if isinstance(command, click.Group) and (inner := re.match(r" ([a-z]+)", rest)):
            command = command.commands.get(inner[1])
            assert command is not None, f"collector {name} {inner[1]}"
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "--lang"}
        for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", rest):
            assert option in known, f"collector {name} {option}"


def list_commands() -> list[tuple[str, click.Command]]:
    """List every command, and those inside of groups."""
    found = []
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {inner}", each) for inner, each in command.commands.items()]
    return found


def test_every_option_says_what_it_is_for() -> None:
    for name, command in list_commands():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.opts}"


def test_links_between_documents_lead_somewhere() -> None:
    for path in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://", "mailto:")):
                assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").glob("*.png"))
    assert pictures
    assert sum(path.stat().st_size for path in pictures) < PICTURES_BYTES


def test_nothing_speaks_of_where_it_was_written() -> None:
    found = []
    for path in tracked_files():
        if path.suffix in {".png", ".gz", ".mo", ".svg", ".csv"} or path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if LOCAL.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []
