"""LaTeX inside running text, rendered as the plain Unicode a person would read."""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pylatexenc.latex2text import LatexNodes2Text
    from pylatexenc.macrospec import LatexContextDb

# Text without any of these holds no LaTeX.
HINTS = ("\\", "$", "~", "{", "``", "--")
# Publishers wrap a formula in a whole LaTeX document.
_DOCUMENT = re.compile(
    r"\\documentclass\b.{0,2000}?\\begin\{document\}(.{0,500}?)\\end\{document\}", re.S
)
_MATH = re.compile(
    r"\$\$(?P<display>[^$]{1,400}?)\$\$"
    r"|\\\((?P<round>.{1,400}?)\\\)|\\\[(?P<square>.{1,400}?)\\\]"
    r"|(?<![\\\w$])\$(?P<command>\\[a-zA-Z!,]+[^$]{0,200}?)(?<!\\)\$"
    r"|(?<![\\\w$])\$(?=\S)(?P<inline>(?:\\\$|[^$]){1,200}?)(?<=[^\s\\])\$(?!\d)"
    r"|(?<=\w)\$(?P<index>[_^\\×%][^$]{0,80}?)\$"
)
_PRICE = re.compile(r"\d[\d.,]*[kKMB]?(?:\s+[A-Za-z]{2,}|\s*$)")
_COMMAND = re.compile(
    r"\\(?P<name>[a-zA-Z]+)\*?(?P<braced>(?:\s?\{[^{}]*\})+)"
    r"|\\[\"'`^~=.](?:\{\\?\w\}|\\?\w)|\\[cdbHkruvt]\{\w\}|\\(?P<bare>[a-zA-Z]{2,})(?![a-zA-Z]|\*?\{[^}])(?:\s(?=\w{2}))?(?:\{\})?"
    r"|\\(?P<letter>[oOlLij])(?:\{\}|\s|\b)"
)
_ACCENT_GROUP = re.compile(
    r"\{(\\[\"'`^~=.]\s?\{?\\?\w\}?|\\[cdbHkruvt](?:\s+\w|\{\\?\w\})"
    r"|\\(?:aa|AA|ae|AE|oe|OE|ss|o|O|l|L|i|j))\}"
)
_FONT_GROUP = re.compile(
    r"\{\\(?:em|it|bf|sc|tt|sf|rm|sl|itshape|bfseries|scshape|ttfamily)\b\s*([^{}]*)\}"
)
_GROUP = re.compile(r"(?<![\\_^\w])\{([\w \-]+|[^\w\s,{}])\}|(?<=\d)\{(,)\}(?=\d)")
_INDEX = re.compile(r"(?<=[\w)])([_^])\{([^{}\s]{1,20})\}")
_LINE_BREAK = re.compile(r"\\\\(?=\s|\[|$)")
_SPACE = re.compile(r"\\[,;: ]")
_NOTHING = re.compile(r"\\[!/@-](?=\w|$)")
_ESCAPED = re.compile(r"\\([%&#_${}])")
# Not between digits ("10~20" is a range) and not before a distribution ("X~N(0, 1)").
_TIE = re.compile(r"(?<=[\w)\]}.,])(?<!\d)~(?=[\w(\[\\$])(?![A-Z]\()|(?<=\d)~(?=[A-Za-z(\[\\$])")
_QUOTES = re.compile(r"``([^`\n]{1,300}?)(?:''|\")")
_LONG_DASH = re.compile(r"(?<=[\w.,)”’])\s?---\s?(?=[\w(“‘])")
_RANGE_DASH = re.compile(r"(?<=[\w)])--(?=[\w(])")
_DROPPED = frozenset(
    "cite citep citet citealp citeauthor citeyear nocite label ref eqref autoref cref Cref begin"
    " end vspace hspace pagestyle thispagestyle bibliographystyle bibliography usepackage".split()
)
# Names of functions, which the renderer would run into their argument.
_FUNCTION = re.compile(
    r"\\(log|ln|lg|exp|max|min|sup|inf|arg|sin|cos|tan|det|dim|ker|deg|gcd|lim|Pr)(?![a-zA-Z])\s*(?=[\\\w]|$)"
)
_UNCLOSED = re.compile(r"\\[a-zA-Z]+\*?\{(?=[^}]*$)")
# Names of signs that mean something to LaTeX itself.
SIGNS = {
    "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~",
    "textbraceleft": "{", "textbraceright": "}",
}  # fmt: skip
# Symbols that the renderer does not know, or takes for an accent.
_SYMBOLS = SIGNS | {
    "textless": "<", "textgreater": ">", "textbar": "|", "copyright": "©", "degree": "°",
    "pounds": "£", "euro": "€", "xspace": "",
}  # fmt: skip
_ARGUMENT = re.compile(r"\{([^{}]*)\}")


def without_latex(text: str) -> str:
    """The text with formulas, accents, fonts and commands rendered; prices and paths stay."""
    if not any(hint in text for hint in HINTS):
        return text
    if "\\" in text:
        text = _DOCUMENT.sub(r"\1", text)
    if "$" in text or "\\" in text:
        text = _MATH.sub(_formula, text)
    if "\\" in text:
        text = _ACCENT_GROUP.sub(lambda match: _rendered(match.group(1)), text)
        text = _FONT_GROUP.sub(r"\1", text)
        text = _COMMAND.sub(_command, text)
        text = _SPACE.sub(" ", _LINE_BREAK.sub(" ", _NOTHING.sub("", text)))
        text = _UNCLOSED.sub("", text)
    if "~" in text:
        text = _TIE.sub(" ", text)
    if "{" in text:
        text = _INDEX.sub(r"\1\2", _GROUP.sub(r"\1\2", text))
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text)
    if "``" in text:
        text = _QUOTES.sub(r"“\1”", text)
    if "--" in text:
        text = _RANGE_DASH.sub("–", _LONG_DASH.sub("—", text))
    return text


def _formula(match: re.Match[str]) -> str:
    inline = match.group("inline")
    if inline is not None and _PRICE.match(inline) and "\\" not in inline:
        return match.group() if " " in inline.strip() else inline
    return _rendered(next(part for part in match.groups() if part is not None))


def _command(match: re.Match[str]) -> str:
    name = match.group("name")
    if name is None:
        bare = match.group("bare")
        if not bare:
            return _rendered(match.group().strip())
        before = match.string[: match.start()][-1:]
        is_sign = bare in _SYMBOLS or _is_known(bare)
        is_path = not is_sign and (before.isalnum() or before == ":")
        return match.group() if is_path else _bare(bare, match.group())
    arguments = _ARGUMENT.findall(match.group("braced"))
    if name in _DROPPED:
        return ""
    if not any(arguments):
        return _bare(name, match.group())
    if name == "url":
        return " ".join(arguments)
    if name == "href" and len(arguments) > 1:
        shown = " ".join(arguments[1:])
        return shown if shown in arguments[0] else f"{shown} ({arguments[0]})"
    if name == "footnote":
        return f" ({' '.join(arguments)})"
    return _rendered(match.group()) if _is_known(name) else " ".join(arguments)


def _bare(name: str, whole: str) -> str:
    """A command without arguments; one that authors defined is mostly the name it prints."""
    after = " " if whole[-1:].isspace() else ""
    if name in ("item", "newline", "par", "noindent", "centering", "maketitle", "quad", "qquad"):
        return " "
    rendered = _SYMBOLS.get(name)
    if rendered is None:
        rendered = _rendered("\\" + name) if _is_known(name) else name
    # TeX eats the space after a command; after a letter or symbol people want to see it.
    return rendered + (after if rendered and not rendered[-1:].isspace() else "")


@cache
def _renderer() -> LatexNodes2Text:
    # Loaded only for text that holds LaTeX: most does not.
    from pylatexenc.latex2text import LatexNodes2Text

    # It reports what it cannot read; the text is then cleaned another way.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    return LatexNodes2Text(math_mode="text", keep_comments=True)


@cache
def _grammar() -> LatexContextDb:
    # Made anew for every piece of text it takes longer than the parsing.
    from pylatexenc.latexwalker import get_default_latex_context_db

    return get_default_latex_context_db()


@cache
def _known() -> frozenset[str]:
    from pylatexenc.latex2text import get_default_latex_context_db

    database = get_default_latex_context_db()
    return frozenset(spec.macroname for spec in database.iter_macro_specs())


def _is_known(name: str) -> bool:
    return name in _known()


@lru_cache(maxsize=8192)
def _rendered(latex: str) -> str:
    """LaTeX as Unicode text. An unknown command keeps what stands in its braces."""
    escaped = re.sub(r"(?<!\\)%", r"\\%", _FUNCTION.sub(r"\1 ", latex))
    try:
        text = _renderer().latex_to_text(escaped, tolerant_parsing=True, latex_context=_grammar())
        return str(text)
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
        # What the renderer cannot read at all stays readable without its backslashes and braces.
        return re.sub(r"[\\{}]", "", latex)
