"""Stored text reads as a person would want it."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.text.abstract_fields import clean_abstract
from ingest.text.cleaning import clean
from ingest.text.people import folded, given_first, same_person, split_authors

READS_AS = {
    r"We gain 5\% on $\alpha$-NN by {\'e}t{\'e}, Fig.~1.": "We gain 5% on α-NN by été, Fig. 1.",
    r"\emph{very} \textbf{bold \emph{and} nested}": "very bold and nested",
    r"{\em old} style, \textsc{Small}": "old style, Small",
    r"$O(n \log n)$ time, $k$-means, $p < 0.05$, $95\%$": "O(n log n) time, k-means, p < 0.05, 95%",
    r"a 2$\times$ gain on CIFAR$_{10}$ for $\sim$100": "a 2× gain on CIFAR_10 for ∼100",
    r"at \url{http://a.b/c_d}, \href{http://x.y}{here}": "at http://a.b/c_d, here (http://x.y)",
    r"Schr\"odinger, G\"{o}del, na\"ive, {\o}re, \c{c}": "Schrödinger, Gödel, naïve, øre, ç",
    r"\textless{} and {\textgreater}, \textasciitilde 3": "< and >, ~ 3",
    r"O(n\textasciicircum{}2) of \textbraceleft a, b\textbraceright": "O(n^2) of { a, b}",
    r"our \ours beats \cite{x} it\footnote{See http://x.y}": "our ours beats it (See http://x.y)",
    r"\begin{itemize}\item One \item two\end{itemize}": "One two",
    "``quoted'' 1--2 and so---yes": "“quoted” 1–2 and so—yes",
    r"2{,}000 items \& more \\ next \, one": "2,000 items & more next one",
    "efﬁcient ﬂow of ofﬁces": "efficient flow of offices",
    "cafÃ© and â€œquotedâ€\x9d": "café and “quoted”",
    "x&amp;lt;y &lt;b&gt;bold&lt;/b&gt; caf&eacute;": "x<y bold café",
    "10<sup>-3</sup> H<sub>2</sub>O 1<sup>st</sup>": "10⁻³ H2O 1st",
    "soft\u00adware a\x00b\x0bc\ufeffd\u200be": "software ab cde",
    "tabs\tand\r\nlines \u2028 here": "tabs and lines here",
    "recom-\nmendation": "recommendation",
    "self-\nsupervised, state-of-the-\nart": "self-supervised, state-of-the-art",
    "lan\u00ad\nguage": "language",
}
STAYS = [
    "It costs $5 and $6.",
    "US$5 million and US$10 million, $1,000 to $2,000",
    "costs $5 million while others pay $6 million",
    "a < b and c > d",
    "about ~100 of {a, b}",
    "10~20% and X~N(0, 1)",
    "C:\\new\\path",
    "the --flag, AT&T, R&D, x & y",
    "the <think> tag and <pad> tokens",
    "http://x.edu/~user/a_b",
    "Le réseau de neurones a été évalué « ici », où l'œuvre naît.",
    "我们提出了一种新的方法，准确率为95%。",
    "Größe, Łódź, naïve, São Paulo, Ελληνικά, Привет",
]


@pytest.mark.parametrize("raw", READS_AS)
def test_markup_is_read_as_text(raw: str) -> None:
    assert clean(raw) == READS_AS[raw]


@pytest.mark.parametrize("text", STAYS)
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    assert clean(text) == text
    assert clean_abstract(text) == text


@pytest.mark.parametrize(
    ("raw", "abstract"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We <jats:i>do</jats:i>.</jats:p>", "We do."),
        ("<jats:title>Methods</jats:title><jats:p>We count.</jats:p>", "Methods: We count."),
        ("ABSTRACT: We count.", "We count."),
        ("Abstract—We count.", "We count."),
        ("AbstractWe count.", "We count."),
        ("Abstract We count.", "We count."),
        ("Abstract Meaning Representation is old.", "Abstract Meaning Representation is old."),
        ("Abstract interpretation is old.", "Abstract interpretation is old."),
        ("Abstractive summaries are short.", "Abstractive summaries are short."),
        ("Abstraction is key.", "Abstraction is key."),
        ("Abstract a problem first.", "Abstract a problem first."),
        ("Abstract-syntax trees are graphs.", "Abstract-syntax trees are graphs."),
        ("ABSTRACT - we count moss.", "we count moss."),
        ("Abstract-We count moss.", "We count moss."),
        ("Abstract--moss is counted.", "moss is counted."),
        ("Abstract-Deep learning is old.", "Deep learning is old."),
        ("Abstract -Deep learning is old.", "Deep learning is old."),
        ("Abstract BACKGROUND: Moss is old.", "BACKGROUND: Moss is old."),
        ("ABSTRACT THE AIM is moss.", "THE AIM is moss."),
        ("ABSTRACT MEANING REPRESENTATION is old.", "ABSTRACT MEANING REPRESENTATION is old."),
        ("It ends. © 2023 Elsevier Ltd. All rights reserved.", "It ends."),
        ("It ends. Copyright © 2014 John Wiley & Sons, Ltd.", "It ends."),
        ("It ends. (C) 2014 Elsevier B.V. All rights reserved.", "It ends."),
        ("It ends. © 2020, © 2020 The Author(s). Published by A & B on behalf of C.", "It ends."),
        ("It ends. Published by Elsevier B.V.", "It ends."),
        ("© 2019 The Authors. It begins.", "It begins."),
        ("We study copyright law since 1990.", "We study copyright law since 1990."),
        ("Option (c) 2 of 3 was chosen.", "Option (c) 2 of 3 was chosen."),
        ("We give: (c) 5000 dialogues. It helps.", "We give: (c) 5000 dialogues. It helps."),
        ("(A) a corpus; (b) a task; (c) 2000 dialogues. It helps.",
         "(A) a corpus; (b) a task; (c) 2000 dialogues. It helps."),
        ("(a) A corpus; (b) a task. © 2019 The Authors.", "(a) A corpus; (b) a task."),
        ("It ends. (c) 2019 The Authors", "It ends."),
        ("We show (a) x and (b) y. All is well. (C) 2016 Elsevier Ltd. All rights reserved.",
         "We show (a) x and (b) y. All is well."),
        ("Results for f(b) hold. (c) 2019 Wiley Periodicals, Inc.", "Results for f(b) hold."),
        ("We give: (c) 2000 dialogues. It helps.", "We give: (c) 2000 dialogues. It helps."),
    ],
)  # fmt: skip
def test_an_abstract_is_without_heading_and_legal_notice(raw: str, abstract: str) -> None:
    assert clean_abstract(raw) == abstract


PIECES = st.sampled_from(
    [*READS_AS, *STAYS, "\\", "$", "{", "}", "~", "&", "&lt;", ";", "<", ">", "<b>", "\\%", "``",
     "\\textbf{", "''", "--", "-\n", "Abstract", "©", "2020", ". ", "\n", "é", "Ã©", "\u00ad",
     "\u0301", "\ufb01", "\\'", "^{", "_{"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.one_of(st.text(), st.text(string.punctuation + "ab1 \n"), st.lists(PIECES).map("".join)))
def test_cleaning_again_changes_nothing(raw: str) -> None:
    once = clean_abstract(raw)
    assert clean_abstract(once) == once
    assert clean(clean(raw)) == clean(raw)


@settings(max_examples=100)
@given(st.text(string.ascii_letters + string.digits + " .,;:()[]%+*=\"'!?"))
def test_plain_english_loses_nothing_but_spaces(raw: str) -> None:
    assert clean(raw) == " ".join(raw.split())


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Liu R.", "R. Liu"), ("Casbon JA", "J. A. Casbon"), ("Wu, Le", "Le Wu"),
     ("Adler D.-G.", "D.-G. Adler"), ("Mia Wolf", "Mia Wolf"), ("WHO", "WHO"), ("Li W", "W. Li")],
)  # fmt: skip
def test_inverted_names_are_turned_round(name: str, shown: str) -> None:
    assert given_first(name) == shown


def test_lists_of_names_are_split_as_they_are_written() -> None:
    assert split_authors("Ann Lee, Bo Chen and Cy Dove") == ("Ann Lee", "Bo Chen", "Cy Dove")
    assert split_authors("Lee, Ann and Chen, Bo") == ("Ann Lee", "Bo Chen")
    assert split_authors("Lee, Ann; Chen, Bo") == ("Ann Lee", "Bo Chen")
    assert split_authors("Liu R., Adler D.G.") == ("Liu R.", "Adler D.G.")
    smith = ("J. Smith", "M. Jones", "K. Brown")
    assert split_authors("Smith, J., Jones, M., and Brown, K.") == smith
    assert split_authors("Smith, J., Jones, M. and Brown, K.") == smith
    assert split_authors("Smith, J., Jones, M., & Brown, K.") == smith
    assert split_authors("Ann Lee, Bo Chen & Cy Dove") == ("Ann Lee", "Bo Chen", "Cy Dove")
    assert split_authors("Lee and Chen") == ("Lee", "Chen")
    assert split_authors("Johnson & Johnson") == ("Johnson & Johnson",)
    company = ("Johnson & Johnson", "J. Smith")
    assert split_authors("Johnson & Johnson; Smith, J.") == company


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lukasz Kaiser", "Łukasz Kaiser"), ("Anne Ostergaard", "Anne Østergaard"),
     ("Ilker Isik", "İlker Işık"), ("Dorde Aesir", "Đorđe Æsir"), ("Jose Muller", "JOSÉ MÜLLER")],
)  # fmt: skip
def test_a_name_is_that_of_its_plain_letters(one: str, other: str) -> None:
    assert same_person(one, other)
    assert folded(one) == folded(other)
