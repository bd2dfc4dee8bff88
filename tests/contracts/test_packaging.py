"""The wheel carries everything the program needs, and everything it depends on is there for Windows as well."""

import configparser
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pip without its own chatter."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=os.environ)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the tree, so that nothing is left behind in it."""
    copy = tmp_path_factory.mktemp("source")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        source = ROOT / name
        if source.is_file():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    out = tmp_path_factory.mktemp("wheel")
    done = pip("wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(copy))
    assert done.returncode == 0, done.stderr[-3000:]
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_the_wheel_carries_every_module_page_and_file(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    for package in ("collector", "sync"):
        for path in (ROOT / package).rglob("*"):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in name and path.suffix != ".md":
                assert name in names, name
    assert "collector/translations/vi/LC_MESSAGES/messages.mo" in names
    assert "collector/data/units.csv" in names


def test_the_wheel_carries_no_tests_and_no_tools(wheel: zipfile.ZipFile) -> None:
    roots = {name.partition("/")[0] for name in wheel.namelist()}
    version = next(root for root in roots if root.endswith(".dist-info"))
    assert roots == {"collector", "sync", version}
    scripts = wheel.read(f"{version}/entry_points.txt").decode()
    assert "collector = collector.cli:main" in scripts


def test_every_dependency_is_there_for_windows(tmp_path: Path) -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    wanted = [line for line in config["options"]["install_requires"].splitlines() if line.strip()]
    assert len(wanted) > 10
    done = pip(
        "install",
        "--dry-run",
        "--quiet",
        "--ignore-installed",
        "--target",
        str(tmp_path),
        "--only-binary=:all:",
        "--platform=win_amd64",
        "--python-version=3.11",
        "--implementation=cp",
        *wanted,
    )
    assert done.returncode == 0, done.stderr[-3000:]
