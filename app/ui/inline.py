"""One line of an answer as markup: markers become links to their quotes, the rest is text.

Math between `$$` pairs or `\\(` and `\\)` is left readable for the page's math renderer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from app.answer import Citation, Sentence
from app.extractive.assemble import plain
from app.ui.markdown import escape, shortened

# Private characters set around an unbacked sentence before it is escaped; dropped from input.
OPEN, CLOSE = "\ue000", "\ue001"
_FENCES = {
    OPEN: '<span class="unbacked" title="No cited abstract backs this sentence">',
    CLOSE: "</span>",
}
_MATH = r"\$\$(?:(?!\$\$|\\\(|\\\)).)+\$\$|\\\((?:(?!\$\$|\\\(|\\\)).)+\\\)"
MARKER = re.compile(r"\[(?P<marker>\d{1,4}(?:\s*,\s*\d{1,4})*)\]")
_TOKEN = re.compile(
    rf"(?P<math>{_MATH})|{MARKER.pattern}|\*\*(?P<bold>[^*{OPEN}{CLOSE}]+)\*\*|(?P<fence>[{OPEN}{CLOSE}])"
)
_RUN = re.compile(r"\[(\d{1,4})\]")

Starts = tuple[int, ...]
GONE = "no longer in the library"


@dataclass(frozen=True, slots=True)
class Sources:
    """What the markers of an answer lead to: its citations, under the id of the answer.

    `gone` are the ids of papers that are no longer in the library.
    """

    anchor: str
    citations: Mapping[int, Citation]
    gone: Set[str] = frozenset()

    def quoted(self, number: int, said: str) -> Starts:
        """Where the quotes that stand in some text begin in the abstract of a citation."""
        quotes = self.citations[number].quotes
        return tuple(quote.start for quote in quotes if plain(quote.text) in said)


def fenced(text: str, sentences: Iterable[Sentence]) -> str:
    """The text with private characters around each sentence that nothing backs."""
    text = text.replace(OPEN, "").replace(CLOSE, "")
    for sentence in sentences:
        if sentence.status == "marked" and sentence.text.strip() and "\n" not in sentence.text:
            text = text.replace(sentence.text, f"{OPEN}{sentence.text}{CLOSE}", 1)
    return text


def inline(line: str, sources: Sources) -> str:
    """One line. A run of sentences from one paper has its marker once, behind the last."""
    out, position, said = [], 0, 0
    dropped = _repeated(line, sources.citations)
    for token in _TOKEN.finditer(line):
        before = line[position : token.start()]
        if token.start() in dropped:
            out.append(escape(before.rstrip()))
        else:
            out.append(escape(before))
            out.append(_token(token, sources, line[said : token.start()]))
            said = token.end() if token["marker"] else said
        position = token.end()
    out.append(escape(line[position:]))
    return "".join(out)


def numbers(marker: re.Match[str]) -> list[int]:
    """The numbers of a marker, as "[1, 2]" has them."""
    return [int(number) for number in marker["marker"].split(",")]


def _repeated(line: str, known: Mapping[int, Citation]) -> set[int]:
    """Where markers stand that the next one repeats, with nothing but one's own words between."""
    found = list(MARKER.finditer(line))
    return {
        one.start()
        for one, following in pairwise(found)
        if one[0] == following[0]
        and _RUN.fullmatch(one[0])
        and int(one[1]) in known
        and line[one.end() : following.start()].strip()
        and not re.search(rf"[{OPEN}{CLOSE}]|\*\*", line[one.end() : following.start()])
    }


def _token(token: re.Match[str], sources: Sources, said: str) -> str:
    if token["math"]:
        # The page's math renderer escapes again, but leaves references as they are.
        return re.sub(r"[<>&\"']", lambda sign: f"&#{ord(sign[0])};", token["math"])
    if token["marker"]:
        return "".join(_marker(number, sources, said) for number in numbers(token))
    if token["bold"]:
        return f"<strong>{inline(token['bold'], sources)}</strong>"
    return _FENCES[token["fence"]]


def _marker(number: int, sources: Sources, said: str) -> str:
    """A link to the quotes of a source, or "(n)" for brackets that cite nothing here."""
    if number not in sources.citations:
        return f"&#40;{number}&#41;"
    return link(sources, number, sources.quoted(number, said))


def link(sources: Sources, number: int, starts: Sequence[int]) -> str:
    """The marker of a source. Its address is `#{anchor}-{number}:{start},{start}`."""
    paper = sources.citations[number].paper
    year = f" ({paper.year})" if paper.year else ""
    left = f" – {GONE}" if paper.paper_id in sources.gone else ""
    title = escape(f"{shortened(paper.title)}{year}{left}")
    places = f":{','.join(map(str, starts))}" if starts else ""
    address = f"#{sources.anchor}-{number}{places}"
    kind = "cite gone" if left else "cite"
    return f'<a class="{kind}" href="{address}" title="{title}">[{number}]</a>'
