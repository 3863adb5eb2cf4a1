"""Words of scientific writing in general: none of any field, paper or question in particular."""

from __future__ import annotations

# Words that frame a question about papers and say nothing about its topic.
FRAME_WORDS = frozenset(
    """
    abstract abstracts according account achieve achieved achieves address addressed
    addresses addressing already also analyse analyze another anybody anyhow anyone
    anything appear appeared appears applied applies apply applying article articles ask
    asked aspect aspects author authors available base based best better briefly call
    called carry certain cite cited cites co coauthor coauthored collection comprise
    comprised comprises concern concerned concerning concerns conclusion conclusions
    conduct consider considered considering considers consist consisted consists contain
    contains contribute contributed contributes count cover covered covers dated deal
    dealing deals describe described describes different discuss discussed discusses
    employ employed employs especially everything exist exists explain explained
    explains exploit explore explored explores exploring find finds focus focused
    focuses focusing follow following found general get gets gist give given gives go
    goes good great handle handles happen help helped helpful helps herself himself hold
    holds idea ideas include included includes including indexed interested investigate
    investigated investigates investigating involve involved involves involving itself
    jointly keep keeping keeps kept kind kinds know known knows latest leverage
    leveraged leverages leveraging like list listed literature look looking looks made
    main mainly make makes making many mean means mention mentioned mentions much name
    named names need needed needs number offer offered offers one ones oneself overview
    paper papers particular perform performed performs please possible present presented
    presents problem problems provide provided provides providing publication
    publications publish published purpose really recent recently relied relies rely
    relying report reported reports research researcher researchers say says see seek
    seeks serve serves several short show shown shows some somebody someone something
    sort specific studied studies
    study studying suggest suggested suggests summarise summarised summarize summarized
    summary tackle tackled tackles tackling take taken takes talk tell tells themself
    themselves thing things tldr together topic topics treat treated treating treats
    understand utilise utilised utilises utilize utilized utilizes utilizing various way
    ways work worked working works write writes written wrote
    """.split()
)

# Of these, the ones that name something beside another noun: "case reports", "topic models".
FRAME_NOUNS = frozenset(
    """
    abstract abstracts area areas aspect author authors base call case collection conclusion
    concern idea index kind library list name names need number paper point problem problems
    report reports review search show state support topic topics type types
    """.split()
)

# Verbs of what papers do with a topic. They matter beside it, but do not make a topic.
WORK_VERBS = frozenset(
    """
    adapt adapts aim aims analyses analyzing assess assesses build builds built compare
    compares correct corrects create creates design designs develop developed develops
    enable enables enhance enhances estimate estimates evaluate evaluated evaluates
    evaluating extract extracting extracts generate generates improve improved improves
    improving introduce introduced introduces learn learns let lets process processes
    promote promotes propose proposed proposes proposing ran reduce reduces release releases
    run runs solve solves test tested tests train trains tried tries try trying measure
    measured measures measuring estimating detect detects observe observed observes
    determine determines determining compared comparing assessed assessing
    """.split()
)

# Of these, the ones that are nouns too: "test generation", "process mining".
NOUN_OR_VERB = frozenset(
    """
    build builds design designs estimate estimates measure measures process processes release
    releases run runs test tests train trains
    """.split()
)

# Nouns that name no topic of their own beside another word: "denoising methods" is denoising.
HEAD_NOUNS = frozenset(
    """
    algorithm algorithms analysis application applications approach approaches architecture
    architectures area areas data experiment experiments field fields framework frameworks
    function functions information issue issues mechanism mechanisms method methodology
    methods model models module modules paradigm paradigms problem problems procedure
    process scenario scenarios scheme setting settings setup signal signals solution
    solutions strategies strategy system systems task tasks technique techniques technology
    technologies theory tool tools
    """.split()
)

# Whom studies are about, where they do not say more.
PEOPLE = frozenset(
    "people person persons individuals participants subjects patients humans".split()
)

# What every paper is: "scientific papers" are no papers about science.
SCHOLARLY = frozenset("scientific academic scholarly empirical research published".split())

# What people call the things that abstracts report, and the words abstracts use for them.
RELATED: dict[str, tuple[str, ...]] = {
    "dataset": ("datasets", "benchmark", "benchmarks", "corpus", "corpora", "data"),
    "data": ("dataset", "datasets", "benchmark", "benchmarks", "corpus", "corpora"),
    "benchmark": ("benchmarks", "dataset", "datasets"),
    "corpus": ("corpora", "dataset", "datasets"),
    "evaluate": (
        "experiments",
        "evaluation",
        "tested",
        "validated",
        "validate",
        "demonstrate",
        "benchmarks",
        "datasets",
        "dataset",
    ),
    "test": (
        "experiments",
        "evaluation",
        "evaluated",
        "benchmarks",
        "validate",
        "tested",
        "datasets",
        "dataset",
    ),
    "try": ("experiments", "evaluated", "tested", "demonstrate", "validate"),
    "compare": ("compared", "outperforms", "than", "over", "versus"),
    "outperform": ("improvements", "surpasses", "exceeds", "better", "over", "outperforming"),
    "beat": ("outperforms", "improvements", "surpasses", "better"),
    "baseline": ("baselines", "compared", "existing"),
    "improve": ("improvement", "improvements", "gain", "gains", "enhances", "increase", "better"),
    "improvement": ("improve", "improves", "gain", "gains", "increase", "enhances", "outperforms"),
    "gain": ("gains", "improvement", "improvements", "improves", "increase"),
    "result": ("results", "improvements", "accuracy", "achieves", "performance", "exceeding"),
    "limitation": (
        "limitations",
        "limited",
        "limits",
        "shortcoming",
        "shortcomings",
        "drawback",
        "challenge",
        "challenges",
        "weakness",
    ),
    "drawback": ("drawbacks", "limitation", "limitations", "shortcomings", "limits"),
    "reduce": (
        "reduces",
        "reduction",
        "reducing",
        "lower",
        "alleviate",
        "mitigate",
        "smaller",
        "from",
    ),
    "save": ("reduces", "reduction", "reducing", "lower"),
    "small": ("smaller", "reduce", "compact", "lightweight", "fewer"),
    "fast": ("faster", "speed", "accelerates", "speedup", "quick", "efficient"),
    "size": ("comprises", "contains", "consists", "comprising", "parameters"),
    "contain": ("comprises", "features", "consists", "includes", "containing"),
    "have": ("comprises", "features", "consists", "includes", "contains"),
    "accurate": ("accuracy", "precise", "precision", "performance"),
    "people": ("human", "humans", "individuals", "users"),
    "human": ("humans", "people", "individuals"),
    "survey": ("surveys", "review", "reviews", "overview", "systematic"),
    "review": ("reviews", "survey", "surveys", "overview"),
    "part": ("components", "modules", "consists", "parts", "stages"),
    "component": ("components", "modules", "consists", "parts", "stages"),
    "stage": ("stages", "phases", "steps", "first", "second", "then", "finally"),
    "step": ("steps", "stages", "first", "then", "finally"),
}
