"""Compiles the translations into the package; everything else about the build stands in setup.cfg."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

TRANSLATIONS = Path(__file__).parent / "translations"


class BuildWithTranslations(build_py):
    """Builds the package after compiling every message catalogue beside its source."""

    def run(self) -> None:
        compile_catalogues()
        super().run()


def compile_catalogues() -> None:
    """Write a `.mo` file beside every `.po` file."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in TRANSLATIONS.glob("*/LC_MESSAGES/*.po"):
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parent.parent.name)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


setup(cmdclass={"build_py": BuildWithTranslations})
