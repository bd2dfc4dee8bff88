"""The grammar of expressions: elementpath's XPath 1.0 parser, with the functions of ODK XForms added to its symbols.

Only parsing happens here; the meaning stands in `expressions`. Loaded when the first expression is read.
"""

from typing import Any, ClassVar

from elementpath.tdop import Parser
from elementpath.xpath1 import XPath1Parser

from collector.questionnaires.functions import FUNCTIONS

JAVAROSA = "http://openrosa.org/javarosa"
_STARTS_A_PATH = {"instance", "current", "randomize", "(", "["}


class XFormsParser(XPath1Parser):
    """Parses one expression into a tree of tokens. Unlike its parent it evaluates nothing while parsing."""

    DEFAULT_NAMESPACES: ClassVar[dict[str, str]] = {**XPath1Parser.DEFAULT_NAMESPACES, "jr": JAVAROSA}
    PATH_STEP_SYMBOLS: ClassVar[set[str]] = XPath1Parser.PATH_STEP_SYMBOLS | _STARTS_A_PATH

    def parse(self, source: str) -> Any:
        """Parse an expression into its tree of tokens."""
        return Parser.parse(self, source)


def _install() -> None:
    table = XFormsParser.symbol_table
    for symbol in [name for name, token in table.items() if token.label == "function"]:
        table.pop(symbol)  # those of XPath that ODK does not list, or that take other numbers of arguments there
    for name, function in FUNCTIONS.items():
        lowest, highest = function.arguments
        token = XFormsParser.function(name.removeprefix("jr:"), nargs=0 if highest == 0 else (lowest, highest))
        if name.startswith("jr:"):
            token.namespace = JAVAROSA


_install()
