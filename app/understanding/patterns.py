"""What closed forms set: years, numbers, places, order, formats. A table, read from the top.

A row is a name, a pattern, what a match sets, wordings that must match and near misses that must
not; the tests run them. The text that a row matches is no topic, and no later row sees it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.understanding.name_spans import Span, overlaps
from app.understanding.rows import Settings, row
from app.understanding.wordlists import NUMBERS, ORDINALS, PAPER, PAPERS, any_of, number

YEAR = r"((?:19|20)\d\d)"
_AND_YEAR = rf"(?:\s*[-–—,]\s*|\s+)(?:(?:and|or|to|through|until)\s+)?(?:in\s+)?{YEAR}"
# What follows "code" where it is the paper's own: "code review" is not.
_CODE_ENDS = (
    r"s?\b(?=\s*(?:$|[?.!,]|and\b|or\b|is\b|are\b|available\b|public\b|later\b|publicly\b))"
)
_NUMBER = rf"(\d{{1,2}}|{any_of(NUMBERS)})"
_ORDINAL = rf"({any_of(ORDINALS)})"
# Between a word that leaves out and a year, a person or code there is nothing that tells more.
_UNSAID = re.compile(
    r"(?:\b(?:not|no|except(?: for)?|excluding|other than|apart from)|n['’]t)\s+"
    rf"(?:(?:any|the|those|ones|{any_of([*PAPER, *PAPERS])}|appear(?:ed)?|published|written|by)"
    r"\s+)*$",
    re.I,
)
_NONE_INSIDE = re.compile(r"\b(?:not?|without)\b|n['’]t\b", re.I)
_FILTERS = frozenset(("since", "until", "code"))


def _years(since: int | None, until: int | None) -> Settings:
    return {"since": since, "until": until}


def _span(text: str) -> Settings:
    """From the first to the last of the years in a text."""
    years = [int(one) for one in re.findall(YEAR, text)]
    return _years(min(years), max(years))


ROWS = (
    row(
        "several years",
        rf"\b(?:between|from|in|of|during)\s+{YEAR}(?:{_AND_YEAR})+\b|\b{YEAR}\s*[-–—]\s*{YEAR}\b",
        lambda m, _: _span(m[0]),
        (
            "papers from 2019 to 2021", "studies between 2019 and 2021", "work from 2019–2021",
            "from 1998-2001", "papers from 2021 or 2022", "work in 2019 and 2020",
            "in 2020 or in 2021", "from 2019 through 2022", "in 2018, 2019 and 2022",
            "2019-2021 papers",
        ),
        (
            "papers from 2019", "between 10 and 20 papers", "from 2021 or later",
            "2021 and 2022 sheep",
        ),
    ),
    row(
        "the last years",
        rf"\b(?:in |over |during |within |from )?(?:the )?(?:last|past)\s+{_NUMBER}\s+years\b",
        lambda m, now: _years(now - number(m[1]) + 1, None),
        ("papers of the last five years", "work over the past 3 years", "in the last few years"),
        ("the last paper", "a five-year trial"),
    ),
    row(
        "this or last year",
        r"\b(?:from |in |of )?(this|last) year(?:['’]s)?\b",
        lambda m, now: _years(*2 * [now - (m[1].lower() == "last")]),
        ("papers of this year", "last year's work"),
        ("this yearly survey", "the last years"),
    ),
    row(
        "counted by year",
        r"\b(?:per|each|every|over the) years?\b"
        r"|\b(?:number|count|counts|distribution|histogram|how many)\b[^?.,]*?\bby year\b",
        lambda _m, _now: {"by_year": True},
        (
            "papers per year", "how many papers were published each year", "papers every year",
            "papers over the years", "number of papers by year", "how many by year",
            "distribution of papers by year", "count by year", "counts by year",
            "histogram by year",
        ),
        ("order them by year", "a year later", "five-year survival"),
    ),
    row(
        "after a year",
        rf"\b(?:after|newer than)\s+{YEAR}\b",
        lambda m, _: _years(int(m[1]) + 1, None),
        ("papers after 2020", "anything newer than 2020"),
        ("after 200 trials",),
    ),
    row(
        "before a year",
        rf"\b(?:before|older than|prior to)\s+{YEAR}\b",
        lambda m, _: _years(None, int(m[1]) - 1),
        ("papers before 2015", "work prior to 2015", "older than 2015"),
        ("before the 2015 season",),
    ),
    row(
        "up to a year",
        rf"\b(?:until|up to)\s+{YEAR}\b|\b{YEAR}\s+(?:or|and)\s+(?:earlier|before|older)\b",
        lambda m, _: _years(None, int(m[1] or m[2])),
        (
            "papers until 2018", "work up to 2018", "2018 or earlier", "2018 and before",
            "2018 or older",
        ),
        ("up to 20 papers",),
    ),
    row(
        "from a year on",
        rf"\b(?:since|from)\s+{YEAR}\s+on\b(?=\s+([^\W_]+)|)",
        lambda m, _: _years(int(m[1]), None),
        ("papers from 2021 on", "from 2021 on, by Ann Lee", "from 2020 on that use graphs"),
        ("papers from 2021 onwards", "on papers from 2021"),
        frame=2,  # "papers from 2021 on bees" are about bees
    ),
    row(
        "since a year",
        rf"\b(?:since|from)\s+{YEAR}\s+(?:onwards?|or (?:later|newer)|and later)\b"
        rf"|\bsince\s+{YEAR}\b|\b{YEAR}\s+(?:or|and)\s+(?:later|newer|after|onwards?)\b",
        lambda m, _: _years(int(m[1] or m[2] or m[3]), None),
        (
            "since 2021",
            "from 2021 onwards",
            "from 2023 or later",
            "from 2021 or newer",
            "since 2021 and later",
            "2021 or later",
            "2021 and newer",
            "2021 and after",
            "2021 or onwards",
        ),
        ("in 2021", "since the 2021 census", "papers from 2021 on bees"),
    ),
    row(
        "in a year",
        rf"\b(?:in|of|from|during)\s+{YEAR}\b(?!-)|(?<![\w-]){YEAR}\s+(?={any_of(PAPERS)}\b)",
        lambda m, _: _years(*2 * [int(m[1] or m[2])]),
        ("papers in 2022", "work from 2022", "studies of 2022", "2022 papers", "during 2022"),
        ("TREC-2022", "2022 sheep", "papers in 2020s"),
    ),
    row(
        "code that is promised",
        rf"\b(?:will|promise)\b[^.?]{{0,40}}\bcode{_CODE_ENDS}",
        lambda _m, _now: {"code": "promised"},
        ("which papers promise to release their code", "papers that will publish code"),
        ("which papers generate code", "papers with code"),
    ),
    row(
        "code that is there",
        rf"(?:\b(?:shar(?:e|ed|ing)|releas(?:e|ed|ing)|provid(?:e|ing)|link"
        rf"|publish|make|open-source|have|whose)"
        # Papers that deal with code are about it.
        rf"|(?:^|\b(?:{any_of(PAPERS)}|ones|those)\s+)with(?:out)?)\b[^.?]{{0,20}}?"
        rf"\b(?:code|implementation|repository){_CODE_ENDS}",
        lambda _m, _now: {"code": "linked"},
        (
            "which papers share their code", "shared code", "papers sharing code",
            "papers without code", "papers releasing code", "papers that release code",
            "with released code",
            "studies that provide an implementation", "papers providing code",
            "which ones link a repository", "papers that publish their code",
            "papers that open-source their code", "papers with code", "which have code",
            "that make their code publicly available", "papers whose code is available",
        ),
        (
            "papers on code generation", "which papers detect bugs in code",
            "papers that help with code review", "papers that deal with the genetic code",
            "which papers help hospitals with policy implementation",
        ),
    ),
    row(
        "the first so many",
        rf"\b(?:the )?(?:first|top|best)\s+(?!one\b){_NUMBER}\b(?!\s*%)",
        lambda m, _: {"wanted": number(m[1]), "first": number(m[1])},
        ("only the first three", "the top 5 papers", "best 10 on this"),
        ("the first paper", "top 5 % of users", "the first one"),
    ),
    row(
        "so many papers",
        rf"(?<![\w.])(?<![a-z]-)(?:\d{{1,2}}\s*[-–]\s*)?{_NUMBER}\s+"
        rf"(?:(?:good|key|recent|important)\s+)?{any_of(PAPERS)}\b",
        lambda m, _: {"wanted": number(m[1])},
        (
            "recommend 3 papers", "give me five recent studies", "a couple papers on",
            "two good papers", "three key papers", "4 important works", "5-10 papers on bees",
        ),
        ("how many papers", "three groups", "2020 papers", "COVID-19 papers", "GPT-4 papers"),
        frame=1,
    ),
    row(
        "one of those shown",
        rf"\b(?:the )?{_ORDINAL}\s+(?:{any_of(PAPER)}\b|of (?:them|these|those)\b)"
        rf"|\bthe {_ORDINAL}[\s?.!]*$|(?:\b(?:paper|number)|(?<!\w)#)\s*(\d{{1,2}})\b"
        r"|\[(\d{1,2})\]",
        lambda m, _: {"place": ORDINALS.get((m[1] or m[2] or "").lower()) or int(m[3] or m[4])},
        (
            "who wrote the second one", "the last paper", "and the third?", "number 3", "[2]",
            "paper 2", "#2?", "the first of them", "the second of these", "the third of those",
        ),
        ("second-order methods", "the first results", "GPT-3"),
    ),
    row(
        "of those shown",
        r"\b(?:of|among) (?:them|these|those|the above)\b",
        lambda _m, _now: {"refers": "papers"},
        ("which of them use graphs", "among those", "how many of the above"),
        ("one of the models", "most of this"),
        kept=True,
    ),
    row(
        "newest first",
        r"\b(?:newest|latest|most recent|recent(?:ly published)?|(?<!year )by (?:year|date))\b",
        lambda _m, _now: {"order": "newest"},
        (
            "newest first", "the latest work", "most recent papers", "order them by year",
            "recent papers", "recently published", "sort by date",
        ),
        ("a recently built tower", "year by year"),
    ),
    row(
        "by title",
        r"\bby title\b|\balphabetical(?:ly)?\b",
        lambda _m, _now: {"order": "title"},
        ("sort them by title", "in alphabetical order", "order them alphabetically"),
        ("the title of the first",),
    ),
    row(
        "oldest first",
        r"\b(?:oldest|earliest)\b(?= (?:first|paper|work))",
        lambda _m, _now: {"order": "oldest"},
        ("oldest first", "the earliest paper", "the oldest work"),
        ("the oldest patients",),
    ),
    row(
        "an order that no record tells",
        rf"\bmost (?:highly |often |frequently )?cited (?={any_of([*PAPER, *PAPERS])}\b)"
        rf"|(?<=\b)(?:{any_of([*PAPER, *PAPERS])}) (?:is|was|are|were) cited (?:the )?most\b"
        r"|\b(?:has|have|with|had) (?:the )?(?:most|fewest|(?:largest|highest|greatest) number of)"
        r" (?:co-?)?authors\b"
        r"|\b(?:longest|shortest) (?:abstract|author list|list of authors)\b"
        r"|\b(?:how many|number of|most) citations\b"
        r"|\bhow often (?:is|was|has)\b[^?.,]*\bcited\b",
        lambda m, _: {"unranked": m[0].strip()},
        (
            "the most cited paper on malaria", "most highly cited studies",
            "which paper is cited most", "which paper has the most authors",
            "with the largest number of co-authors", "the longest abstract",
            "how many citations does it have", "how often is the paper cited",
            "papers with the most citations",
        ),
        (
            "the most cited reason", "papers that cite it", "the longest follow-up",
            "according to most authors",
        ),
    ),
    row(
        "limits",
        r"\b(?:limitations?|drawbacks?|weaknesses|shortcomings?|pitfalls|research gaps?"
        r"|(?:open|unsolved|remaining) (?:problems?|questions?|issues|challenges)|future work"
        r"|(?:goes|went) wrong|(?:problems|challenges) remain)\b",
        lambda _m, _now: {"aspect": "limits"},
        (
            "the limitations of X", "drawbacks of this", "weaknesses of graphs",
            "their shortcomings", "pitfalls in X", "research gaps in X", "open problems in X",
            "unsolved questions", "remaining issues", "open challenges", "future work on X",
            "what goes wrong with X", "what went wrong", "which problems remain in X",
            "what challenges remain",
        ),
        ("limited data", "an open source tool", "the wrong label"),
    ),
    row(
        "disagreement",
        r"\b(?:disagree(?:ments?)?|conflicting|controvers(?:y|ies|ial))"
        r"\b",
        lambda _m, _now: {"aspect": "disagreement"},
        (
            "where do papers disagree on X", "disagreements about X", "conflicting results on X",
            "controversies in X", "is it controversial", "a controversy about X",
        ),
        ("annotators agree", "conflict of interest"),
    ),
    row(
        "bibtex",
        r"\bbib(?:tex)?\b",
        lambda _m, _now: {"format": "bibtex"},
        ("export as BibTeX", "a .bib of these"),
        ("bibliography",),
    ),
    row(
        "ris",
        r"\bRIS\b|\b(?:zotero|endnote|mendeley)\b",
        lambda _m, _now: {"format": "ris"},
        ("give me RIS", "for Zotero", "for EndNote", "to Mendeley"),
        ("risk", "the rise of"),
    ),
    row(
        "csv",
        r"\bcsv\b|\bspreadsheet\b|\bexcel\b",
        lambda _m, _now: {"format": "csv"},
        ("as CSV", "a spreadsheet", "for Excel"),
        ("excellent",),
    ),
)  # fmt: skip


@dataclass(slots=True)
class Found:
    """What the rows set, and the text without what they matched.

    `left_out` is what is set only to be left out: "not from 2022".
    """

    settings: Settings = field(default_factory=dict)
    left_out: list[Settings] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    place_spans: list[Span] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


def read_constraints(text: str, this_year: int, topics: Sequence[Span] = ()) -> Found:
    """What every row sets for a text; of two that set the same, the earlier counts.

    `topics` are the spans of the words that are read as what the question is about.
    """
    found = Found()
    rest = text
    for one in ROWS:
        for match in list(one.pattern.finditer(rest)):
            if one.frame and any(overlaps(match.span(one.frame), [span]) for span in topics):
                continue
            settings = one.sets(match, this_year)
            if "place" in settings:
                found.places.append(int(str(settings.pop("place"))))
                found.place_spans.append(match.span())
            if _FILTERS.issuperset(settings) and is_left_out(rest, match.span()):
                found.left_out.append(settings)
            else:
                for name, value in settings.items():
                    if value is not None:
                        found.settings.setdefault(name, value)
            if not one.kept:
                found.spans.append(match.span())
                start, end = match.span()
                rest = rest[:start] + " " * (end - start) + rest[end:]
    return found


def is_left_out(text: str, span: Span) -> bool:
    """Whether a stretch of a text is named only to be left out: "not by Tom Field"."""
    start, end = span
    return bool(_UNSAID.search(text, 0, start) or _NONE_INSIDE.search(text, start, end))
