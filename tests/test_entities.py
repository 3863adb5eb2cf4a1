"""Names in a question that the corpus knows, or lacks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_samples import entry, run, write_jsonl
from rapidfuzz.distance import OSA

from app.understanding.entities import Linked, link
from app.understanding.name_slips import correction
from ingest.catalog import fold, singular
from ingest.index import Index
from ingest.opening import open_filled
from ingest.records import Paper
from ingest.stores.lexicon import Lexicon
from ingest.text.people import folded, same_person

_ABSTRACTS = (
    "We propose Adaptive Sparse Attention (ASA), which serves as a layer. It is fast.",
    "We propose Quick Masked Decoding (QMD), a decoder for text. It reads each word once.",
    "Speech is slow to decode. This study runs QMD on the speech of children and of adults.",
    "Birds sing in the morning. Their songs are written down by a model that builds on QMD.",
    "Traffic jams are forecast with QMD from the counts of sensors along eleven roads.",
    "Proteins fold in water. A comparison of QMD with search shows when each of them fails.",
    "We propose Plain Vector Maps (PVM), a map of rooms for robots that have no camera.",
)
_AUTHORS = ("José García", "Anna-Lena Müller", "Le Wu", "Bo Chen", "Bo Chen", "", "Wei Li")


@pytest.fixture(scope="module")
def index(sample_index: Path) -> Iterator[Index]:
    opened = open_filled(sample_index)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """Seven papers: ASA and PVM are of one paper each, QMD is of one and used by four."""
    folder = tmp_path_factory.mktemp("linking")
    entries = [
        entry(n, abstract=text, authors=[who] if who else None)
        for n, (text, who) in enumerate(zip(_ABSTRACTS, _AUTHORS, strict=True))
    ]
    run(folder / "index", write_jsonl(folder / "a.jsonl", entries))
    opened = open_filled(folder / "index")
    yield opened
    opened.close()


def _link(index: Index, text: str) -> Linked:
    return link(text, index.catalog, index.lexicon)


def _mended(index: Index, text: str) -> tuple[str, str] | None:
    return correction(_link(index, text), index.catalog)


@pytest.mark.parametrize(
    "text",
    [
        "What is SGIL?",
        "what is sgil",
        "SGIL's loss",
        "What does Social Graph Invariant Learning do",
    ],
)
def test_a_name_is_linked_to_the_paper_that_proposes_it(index: Index, text: str) -> None:
    (entity,) = _link(index, text).entities
    assert (entity.name, entity.own) == ("SGIL", True)
    assert entity.meanings == ("Social Graph Invariant Learning",)
    (paper,) = index.catalog.papers(entity.paper_ids)
    assert "Social Graph Invariant Learning" in paper.abstract


def test_names_come_in_the_order_of_the_question_with_their_places(index: Index) -> None:
    text = "Compare IBMRec and SGIL with IISAN-Versa"
    entities = _link(index, text).entities
    names = ["IBMRec", "SGIL", "IISAN-Versa"]
    assert [text[slice(*entity.span)] for entity in entities] == names
    assert [entity.name for entity in entities] == names


def test_words_that_spell_an_acronym_are_no_acronym(own: Index) -> None:
    assert [e.name for e in _link(own, "What is ASA?").entities] == ["ASA"]
    assert _link(own, "Which model serves as a layer?").entities == ()
    assert _link(own, "as a").entities == ()


def test_an_everyday_word_is_no_name_unless_it_is_written_as_one(index: Index) -> None:
    assert [e.name for e in _link(index, "What is STEP?").own()] == ["STEP"]
    assert [e.name for e in _link(index, "What is SOFT?").own()] == ["SOFT"]
    assert _link(index, "take a step back").entities == ()
    assert _link(index, "a soft approach").entities == ()


def test_an_acronym_that_many_papers_use_is_a_topic_and_not_a_paper(
    own: Index, index: Index
) -> None:
    assert [e.own for e in _link(own, "What is PVM?").entities] == [True]
    (common,) = _link(own, "What is QMD?").entities
    assert (common.name, common.own) == ("QMD", False)
    for text in ("How do LLMs reason?", "What is RAG?", "Which papers use GNNs?"):
        assert [e.own for e in _link(index, text).entities] == [False]


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("papers by José García", "José García"),
        ("papers by Jose Garcia", "José García"),
        ("papers by J. García", "José García"),
        ("What did García, José write?", "José García"),
        ("papers by Garcia", "Garcia"),
        ("Le Wu's papers", "Le Wu"),
        ("papers by L. Wu", "Le Wu"),
        ("papers by Anna-Lena Muller", "Anna-Lena Müller"),
    ],
)
def test_an_author_is_found_in_any_form_of_the_name(own: Index, text: str, author: str) -> None:
    linked = _link(own, text)
    assert linked.authors == (author,)
    assert (linked.unknown, linked.unknown_authors) == ((), ())


def test_another_first_name_is_another_person(own: Index) -> None:
    linked = _link(own, "papers by Pedro García")
    assert linked.authors == ()
    assert linked.unknown_authors == ("Pedro García",)


@pytest.mark.parametrize(
    "text",
    ["maps published in 2026", "In 2026 who made maps?", "decoding for robots", "than 30 maps"],
)
def test_a_preposition_beside_a_number_is_nobody(tmp_path: Path, text: str) -> None:
    named = [entry(number, authors=["Brandon In", "Mei For", "Bo Than"]) for number in (1, 2)]
    run(tmp_path / "index", write_jsonl(tmp_path / "papers.jsonl", named))
    opened = open_filled(tmp_path / "index")
    assert _link(opened, text).authors == ()
    opened.close()


def test_two_authors_are_two(own: Index) -> None:
    linked = _link(own, "What did Le Wu and Bo Chen write?")
    assert set(linked.authors) == {"Le Wu", "Bo Chen"}
    assert set(linked.author_phrases) == {"Le Wu", "Bo Chen"}


def test_a_trade_mark_stored_as_letters_is_part_of_no_name(index: Index, tmp_path: Path) -> None:
    lexicon = Lexicon(tmp_path / "words")
    lexicon.write([Paper("x:1", "Wool is spun on a ZORKTM wheel.", "")])
    lexicon.commit()
    assert link("What does ZORK spin?", index.catalog, lexicon).unknown == ()
    assert link("What does ZORB spin?", index.catalog, lexicon).unknown == ("ZORB",)


def test_a_name_that_nothing_holds_is_unknown(index: Index) -> None:
    assert _link(index, "What does Blorbnet do?").unknown == ("Blorbnet",)
    assert _link(index, "What is XQZW?").unknown == ("XQZW",)
    assert _link(index, "Jane Quixotte wrote what?").unknown_authors == ("Jane Quixotte",)
    assert _link(index, "What reduces noise?") == Linked()
    assert _link(index, "") == Linked()


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("What is SGLI?", ("SGLI", "SGIL")),
        ("What is EgoBlnd?", ("EgoBlnd", "EgoBlind")),
        ("Which papers did Jumbin Xiao write?", ("Jumbin Xiao", "Junbin Xiao")),
        ("What is T4T?", None),
        ("What is 4SHNet?", None),
        ("What is PINX?", None),
        ("What is SGUL?", None),
        ("Which papers did John Smith write?", None),
        ("What is SGIL?", None),
    ],
)
def test_a_name_is_mended_where_it_differs_by_a_slip(
    index: Index, text: str, slip: tuple[str, str] | None
) -> None:
    assert _mended(index, text) == slip


@settings(max_examples=60)
@given(st.data())
def test_a_correction_is_never_more_than_a_slip(index: Index, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(index.catalog.all_names()))
    letters = list(name[:12])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(letters)))
        letters[place : place + 1] = data.draw(st.text("abXY3", max_size=2))
    wrong = "".join(letters)
    mended = correction(Linked(unknown=(wrong,)), index.catalog)
    letters = len(singular(wrong))  # the s of a plural is no letter of a short name
    allowed = 0 if letters < 4 else 1 if letters < 7 else 2
    near = [
        known
        for known in index.catalog.all_names()
        if OSA.distance(wrong, known) <= allowed
        and [c for c in known if c.isdigit()] == [c for c in wrong if c.isdigit()]
        and (not wrong.isupper() or sorted(known) == sorted(wrong))
    ]
    if mended is None:
        assert not allowed or not near
    else:
        assert mended[0] == wrong
        assert mended[1] in near
        assert allowed


def test_whoever_is_the_same_person_ends_as_the_other_ends_or_begins(index: Index) -> None:
    # The lookup by ends relies on it.
    names = [*index.catalog.all_authors(), "Wu, Le", "Wu Le", "L. Wu", "Wu"]
    pairs = [(a, b) for a in names for b in names if same_person(a, b)]
    assert len(pairs) > len(names)
    for one, other in pairs:
        assert folded(one)[-1:] in (folded(other)[-1:], folded(other)[:1])


def test_a_name_begins_so_exactly_when_one_is_found_that_does(index: Index) -> None:
    starts = [fold(name)[:length] for name in index.catalog.all_names() for length in (3, 14)]
    for start in (*starts, "zzzz", "graphneuralnetworkz"):
        found = index.catalog.names_beginning(start)
        assert index.catalog.begins_name(start) == bool(found)


def test_a_label_alone_does_not_make_a_name_known(index: Index) -> None:
    assert _link(index, "How does TideZero-X work?").unknown == ("TideZero-X",)


def test_an_acronym_that_describes_is_no_name(own: Index) -> None:
    assert not any(e.mentioned for e in _link(own, "GPS-denied flight").entities)
