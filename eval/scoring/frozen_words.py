"""The words that turn a statement round, for the scorer that only the evaluation knows.

Everything is compared by its stem, so one form of a word stands for the others.
"""

from __future__ import annotations

import re

_SUFFIX = re.compile(r"(?:ations?|ings?|ments?|ness|ions?|ies|ied|ed|es|ly|s|e)$")

FUNCTION = frozenset(
    """a about above after again all almost also although always among an and any are as at be
    because been before being below between both but by can could did do does during each either
    ever every few for from had has have he her here his how however i if in into is it its itself
    just least less many may me might more most much must my neither no nor not of off often on
    once only or other our out over own per rather same she should since so some still such than
    that the their them then there these they this those through thus to too under until up upon
    us very was we were what when where whether which while who whom whose why will with within
    without would yet you your""".split()
)


def stem(word: str) -> str:
    """A word without its commonest English endings."""
    return _SUFFIX.sub("", word) if len(word) > 4 else word.rstrip("%")


def _stems(listed: str) -> frozenset[str]:
    return frozenset(map(stem, listed.split()))


# "not" and its like turn what follows; the softer ones count only where the other text negates.
NEGATIONS = frozenset("not no never neither nor none cannot without nobody nothing nowhere".split())
SOFT_NEGATIONS = _stems(
    """lack lacks lacking fail fails failed failing failure absent absence avoid avoids avoiding
    prevent prevents hardly barely scarcely rarely seldom little few unable instead rather miss
    misses missing ignore ignores overlook overlooks neglect neglects free spare spares exclude
    excludes remove removes drop drops obviate dispense unlike unless refuse refuses deny denies
    keep stop stops hamper hampers hinder hinders cannot unnecessary impossible"""
)
PREFIXES = ("un", "in", "im", "ir", "non", "dis", "mis")

UP = _stems(
    """increase increases raise raises rise rises grow grows gain gains improve improves enhance
    enhances boost boosts strengthen strengthens promote promotes higher more greater
    better best larger faster easier accelerate outperform outperforms surpass
    surpasses exceed exceeds deepen deepens maximize maximizes above superior benefit
    benefits help helps ease eases stronger richer"""
)
DOWN = _stems(
    """decrease decreases reduce reduces lower low drop drops decline declines
    weaken weakens worsen worsens less fewer worse worst smaller slower slow harder hard
    lessen lessens diminish diminishes minimize minimizes below least inferior degrade degrades
    hurt hurts harm harms hinder hinders hamper hampers impair impairs underperform underperforms
    weaker poorer"""
)

# Each line is a pair: what is on one side of the bar is the opposite of what is on the other.
OPPOSITES = tuple(
    (_stems(left), _stems(right))
    for left, right in (
        line.split("|")
        for line in """before prior earlier precede | after later afterwards follow
        first initial initially begin begins start starts | last final finally end ends finish
        deep deeper | shallow shallower
        cold | warm
        local locally | global globally
        positive positively | negative negatively
        static statically fixed | dynamic dynamically
        explicit explicitly | implicit implicitly
        online | offline
        simple simpler | complex complicated
        symmetric | asymmetric
        add adds | delete deletes remove removes
        keep keeps retain retains preserve preserves | drop drops discard discards lose loses
        same identical equal alike | different distinct differ differs
        stable | unstable variable varying
        scarce sparse rare | plentiful abundant ample common
        public publicly | private privately secret
        success succeed succeeds | failure fail fails
        cause causes | prevent prevents
        accept accepts | reject rejects
        cheap inexpensive | costly expensive
        narrow narrower | wide wider broad broader
        maximize maximizes maximal maximum | minimize minimizes minimal minimum
        source | target
        teacher | student
        shared common | separate unique
        smooth | abrupt rough
        coarse | fine
        light lighter | heavy heavier
        short shorter | long longer
        old older | new newer
        young younger | old older
        human people | machine
        device edge | cloud
        supervised | unsupervised
        synthetic simulated artificial | real genuine
        general generic | specific special
        easy easily | difficult hard
        noisy | clean
        theoretical | empirical
        slow slowly | fast quickly
        high higher | low lower
        large larger big bigger | small smaller
        strong stronger | weak weaker
        rich richer | poor poorer""".splitlines()
    )
)

QUANTIFIERS = {
    word: kind
    for kind, words in {
        "all": "all every each entire whole always both throughout fully completely",
        "most": "most mostly majority usually largely predominantly mainly",
        "some": "some several sometimes partly partially certain occasionally part",
        "none": "none no never neither",
        "only": "only solely exclusively merely alone",
        "half": "half",
        "many": "many numerous",
        "few": "few little",
    }.items()
    for word in words.split()
}

MONTHS = _stems(
    """january february march april may june july august september october november december"""
)

IMPLIED_BY = {"some": ("many", "most"), "many": ("most",)}
"""What may be said of more than it says."""

MUTUAL = _stems("associate associated association correlate correlates correlation similar between")

SPELLED = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve".split(),
        map(str, range(2, 13)),
        strict=True,
    )
)

RELATIONS = _stems(
    """outperform outperforms surpass surpasses exceed exceeds beat beats than from into onto cause
    causes lead leads yield yields improve improves reduce reduces generate generates produce
    produces teach teaches guide guides help helps replace replaces transform transforms turn turns
    precede precedes follow follows contain contains include includes distill distills supervise
    supervises mislead misleads drown drowns influence influences affect affects adjust adjusts
    correct corrects equal equals correlate extract extracts transfer transfers before after instead
    rerank reranks assign assigns map maps refine refines steer steers"""
)
PASSIVES = frozenset("is are was were be been being".split())
