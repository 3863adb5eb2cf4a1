"""What kind of value a question asks for (a price, a percentage, a speed), and what holds one."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Words between a measure and its number: "a correlation between the two scores of 0.8".
_REACH = 10
_AMOUNT = r"\d[\d,.]*\s?-?\s?"
_RATED = (
    r"(?:accurac(?:y|ies)|precision|recall|f-?1|f-?scores?|scores?|auc|auroc|sensitivity"
    r"|specificity"
    r"|(?:success|error|hit|detection|recognition|win|false[- ]\w+|true[- ]\w+) rates?|bleu|rouge"
    r"|m?ap|mrr|ndcg|iou|miou|perplexity)"
)
_MEASURED = (
    r"(?:learning rate|batch size|sample size|temperature|kappa|agreement|rmse|mae|odds ratio"
    r"|hazard ratio|relative risk|p[- ]value|correlation|prevalence|incidence|mortality|dose|dosage"
    r"|concentration|threshold|frequency|latency|throughput|resolution|diameter|altitude|height"
    r"|width|depth|ratio|median|epochs|hyper-?parameters?)"
)
_WHAT = r"(?:what|which)(?:'s| is| are| was| were)?\s+(?:the\s+)?(?:[\w-]+\s+){0,4}?"
# A value may be asked for by its bare name: "accuracy of X on Y".
_BARE = r"^(?:the\s+)?(?:[\w-]+\s+){0,3}?"


@dataclass(frozen=True, slots=True)
class Value:
    """A kind of value: how a person calls it, how questions ask for it, and how texts write it.

    `unit` is the part of its writing that shows what it is where not all of it does.
    Where `named`, a number counts only in a sentence that also says what the question calls it.
    `telling` where its writing alone shows what it is: a price does, a number does not.
    """

    name: str
    asked: re.Pattern[str]
    written: re.Pattern[str]
    named: bool = False
    telling: bool = True
    unit: re.Pattern[str] | None = None

    def told(self, text: str) -> bool:
        """Whether the writing of a value in a text alone shows that it is the one asked for."""
        return self.telling or bool(self.unit and self.unit.search(text))

    def held(self, text: str, question: str = "") -> bool:
        """Whether a text holds such a value; `question` gives the name to stand beside it."""
        if not self.written.search(text if self.name == "year" else _CITED.sub(" ", text)):
            return False
        match = self.asked.search(question) if self.named else None
        return not match or self._beside(match.group("name").lower().rstrip("s"), text)

    def _beside(self, name: str, text: str) -> bool:
        """Whether such a value stands within some words of a name."""
        low = _CITED.sub(" ", text.lower())
        for place in re.finditer(re.escape(name), low):
            before = " ".join(low[: place.start()].split()[-_REACH:])
            after = " ".join(low[place.end() :].split()[: _REACH + 1])
            if self.written.search(before) or self.written.search(after):
                return True
        return False


def _value(
    name: str,
    asked: str,
    written: str,
    *,
    named: bool = False,
    telling: bool = True,
    unit: str = "",
) -> Value:
    return Value(
        name, re.compile(asked, re.I), re.compile(written, re.I), named, telling,
        re.compile(unit, re.I) if unit else None,
    )  # fmt: skip


# "Kiperwasser and Goldberg (2016a)" holds no value.
_CITED = re.compile(r"\(?\b(?:19|20)\d\d[a-z]?\)")
_NUMBER = r"(?<![\w.])[~≈<>]?\d[\d,.]*"
_PERCENT = (
    rf"{_AMOUNT}(?:%|percent|per cent|percentage points?|pp\b)|\b(?:half|third|thirds"
    r"|quarters?) of\b|\b\d+ (?:out )?of (?:the )?\d+\b"
)
_TIME = (
    rf"(?:{_AMOUNT}|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|several)[ -])"
    r"(?:ms|milliseconds?|s|sec|seconds?|min|minutes?|h|hrs?|hours?|days?|weeks?|months?|years?"
    r"|decades?)\b"
)
_LENGTH = (
    rf"{_AMOUNT}(?:nm|µm|um|mm|cm|m|km|met(?:er|re)s?|kilomet(?:er|re)s?|inch(?:es)?|feet|ft"
    r"|miles?)\b"
)
_KINDS = (
    _value(
        "percentage",
        r"\b(?:percent|percentage|per cent|proportion|fraction|(?:what|which) share)\b",
        _PERCENT,
    ),
    _value(
        "price",
        r"\bwhat (?:do|does|did)\b(?:(?!\b(?:in|of|on|for|at|by)\b).)*\bcosts?\b\s*\??$|\bhow"
        r" (?:much|expensive)\b.*\bcosts?\s*\??$"
        r"|\b(?:price|paid|salary|wages?|fees?)\b",
        rf"[$€£¥]\s?\d|{_AMOUNT}(?:dollars?|euros?|usd|eur|gbp|yen|cents?)\b",
    ),
    _value(
        "weight",
        r"\bhow heavy\b|\bweighs?\b|\bweight of\b|\bmass of\b",
        rf"{_AMOUNT}(?:[mkµ]?g|lbs?|grams?|kilograms?|tons?|tonnes?|ounces?)\b",
    ),
    _value(
        "speed",
        r"\bhow fast\b|\b(?:what|which|top|at what|maximum)\b.*\b(?:speed|velocity)\b|\bin"
        r" (?:m/s|km/h)",
        rf"{_AMOUNT}(?:[km]?m ?/ ?s|km/h|kmh|mph|knots?|fps|k?hz|frames per second|times|x|×|%)"
        rf"|{_TIME}|\b(?:twice|double|orders? of magnitude|real[- ]?time)\b",
    ),
    _value(
        "length of time or distance",
        r"\bhow (?:long (?:do|does|did|is|are|was|were|ago)|far|tall|wide|deep|thick)\b",
        rf"{_TIME}|{_LENGTH}|{_NUMBER}",
        telling=False,
        unit=rf"{_TIME}|{_LENGTH}",
    ),
    _value("year", r"\b(?:in |from )?(?:what|which) years?\b", r"\b(?:1[5-9]|20)\d\d\b"),
    _value(
        "age", r"\bhow old\b|\b(?:what|which) ages?\b", rf"{_TIME}|\baged?\b[^.]*\d|{_AMOUNT}years?"
    ),
    _value(
        "figure for it",
        rf"\b{_WHAT}{_RATED}\b|{_BARE}{_RATED}\s+(?:of|on|for|in|at)\b",
        _NUMBER,
        telling=False,
    ),
    _value(
        "figure for it",
        rf"(?:\b{_WHAT}|{_BARE}(?=.*\b(?:of|for|in)\b))(?P<name>{_MEASURED})\b",
        _NUMBER,
        named=True,
        telling=False,
    ),
    _value("number", r"\bhow (?:large|big)\b|\bwhat size\b|\bsize of\b", _NUMBER, telling=False),
)


def value_asked(question: str) -> Value | None:
    """The kind of value that a question asks for, or None where it asks for none that is known."""
    return next((kind for kind in _KINDS if kind.asked.search(question)), None)
