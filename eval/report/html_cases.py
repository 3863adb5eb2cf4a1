"""Each case of a report as HTML: expected, answer, evidence, what was retrieved, and the scores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from eval.gate.baseline_comparison import Held
from eval.gate.change import Change
from eval.records import Evidence, Report, Row
from eval.report.phrases import failing, groups, paper, was
from eval.scoring.measures import LOWER_IS_BETTER
from ingest.records import Paper

# Beyond this many papers the evidence is folded.
_UNFOLDED = 3
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_MARKER = re.compile(r"\[(\d+(?:\s*,\s*\d+)*)\]")


@dataclass(frozen=True, slots=True)
class _Page:
    """What every case is shown with."""

    report: Report
    shelf: Mapping[str, Paper]
    changes: Mapping[str, Change]
    classes: Mapping[str, str]


def case_list(report: Report, papers: Sequence[Paper], held: Held) -> Iterator[str]:
    """Buttons that choose which cases are shown, then the cases: those that moved since the
    baseline are chosen and stand first, then those not passed, open.

    `papers` are those of the corpus, for the evidence in its abstract.
    """
    moved = held.gate.moved if held.gate else ()
    page = _Page(
        report,
        {found.paper_id: found for found in papers},
        {change.id: change for change in moved},
        {group: f"kind-{place}" for place, group in enumerate(groups(report))},
    )
    yield _filters(page)
    places = {change.id: place for place, change in enumerate(moved)}
    rows = sorted(report.rows, key=lambda row: (places.get(row.id, len(places)), row.passed))
    for place, row in enumerate(rows):
        yield _case(page, row, f"case-{place}")


def _filters(page: _Page) -> str:
    """Radio buttons and their rules: a page without scripts can choose by `:has` alone."""
    rows = page.report.rows
    choices = [("all", "", len(rows)), ("not passed", "fails", len(failing(page.report)))]
    if page.changes:
        choices.insert(0, ("moved since the baseline", "moved", len(page.changes)))
    choices += [(g, page.classes[g], len(found)) for g, found in groups(page.report).items()]
    buttons, rules = [], []
    for place, (label, name, count) in enumerate(choices):
        checked = "" if place else " checked"
        buttons.append(
            f'<label><input type="radio" name="show" id="show-{place}"{checked}> {escape(label)} '
            f"<small>{count}</small></label>"
        )
        if name:
            rules.append(f"body:has(#show-{place}:checked) .case:not(.{name}){{display:none}}")
    return f'<style>{" ".join(rules)}</style><div class="filters">{"".join(buttons)}</div>'


def _case(page: _Page, row: Row, anchor: str) -> str:
    state = "passes" if row.passed else "fails"
    moved = " moved" if row.id in page.changes else ""
    parts = [
        *(f'<p class="soft">Before: {escape(turn)}</p>' for turn in row.history),
        _listed("Why it fails", row.reasons, "bad") if row.reasons else "",
        _since(page.changes.get(row.id)),
        _expected(page.report, row),
        f'<h3>Answer</h3><div class="answer">{_answer(row, anchor)}</div>',
        _stray_lines(page.report, row),
        _evidence(page, row, anchor),
        _retrieved(page.report, row),
        _scores(row),
    ]
    return (
        f'<details class="case {state}{moved} {page.classes[row.group]}" id="{escape(row.id)}"'
        f"{'' if row.passed and not moved else ' open'}><summary><b>{escape(row.id)}</b> "
        f'<span class="tag">{escape(row.group)}</span> {escape(row.question)}</summary>'
        f"{''.join(parts)}</details>"
    )


def _listed(head: str, lines: Sequence[str], kind: str = "") -> str:
    items = "".join(f'<li class="{kind}">{escape(line)}</li>' for line in lines)
    return f"<h3>{escape(head)}</h3><ul>{items}</ul>"


def _since(change: Change | None) -> str:
    if change is None:
        return ""
    kind = "bad" if change.is_worse else "good" if change.is_better else ""
    told = _listed(f"Since the baseline: {change.verdict}", change.moves, kind)
    if not change.is_answer_changed:
        return told
    old, new = was(change.answers[0]), change.answers[1]
    return (
        f'{told}<div class="pair"><section><h3>It was</h3><div class="answer">{escape(old)}</div>'
        f'</section><section><h3>It is</h3><div class="answer">{escape(new)}</div></section></div>'
    )


def _expected(report: Report, row: Row) -> str:
    if not row.answerable:
        return "<h3>Expected</h3><p>To abstain: the papers do not say.</p>"
    items = []
    for paper_id in row.expected:
        tag = _tag("cited", "good") if paper_id in row.cited else _tag("missing", "bad")
        items.append(f"<li>{escape(paper(report, paper_id))} {tag}</li>")
    for paper_id in row.acceptable:
        items.append(
            f'<li class="soft">{escape(paper(report, paper_id))} {_tag("acceptable")}</li>'
        )
    items += [f'<li class="bad">the fact “{escape(fact)}”</li>' for fact in row.missing_facts]
    reference = f"<p>{escape(row.reference)}</p>" if row.reference else ""
    return f"<h3>Expected</h3>{reference}<ul>{''.join(items)}</ul>"


def _tag(text: str, kind: str = "") -> str:
    return f'<span class="tag {kind}">{escape(text)}</span>'


def _answer(row: Row, anchor: str) -> str:
    """The answer with its sentences marked by how well they are backed, and its markers linked."""
    spans = []
    for line in row.sentences:
        start = row.answer.find(line.text)
        if line.text and start >= 0:
            spans.append((start, start + len(line.text), _mark(row, line.text, line.support)))
    parts, place = [], 0
    for start, end, opening in sorted(spans):
        if start >= place:
            parts += [_dressed(row.answer[place:start], anchor), opening]
            parts += [_dressed(row.answer[start:end], anchor), "</mark>"]
            place = end
    return "".join([*parts, _dressed(row.answer[place:], anchor)])


def _mark(row: Row, text: str, support: float) -> str:
    return f'<mark{" class=weak" if _is_faulted(row, text) else ""} title="support {support:.2f}">'


def _is_faulted(row: Row, text: str) -> bool:
    """Whether a sentence is one of the reasons why the case does not pass."""
    return any(text in reason.partition(" sentence: ")[2] for reason in row.reasons if text)


def _dressed(text: str, anchor: str) -> str:
    def link(found: re.Match[str]) -> str:
        links = (f'<a href="#{anchor}-{n}">{n}</a>' for n in re.split(r"\s*,\s*", found[1]))
        return f"[{', '.join(links)}]"

    return _BOLD.sub(r"<b>\1</b>", _MARKER.sub(link, escape(text)))


def _stray_lines(report: Report, row: Row) -> str:
    """Sentences that less than wholly stand in what they cite, with their support."""
    lines = [line for line in row.sentences if line.support < 1]
    rows = "".join(
        f"<tr><td>{escape(line.text)}</td><td>"
        f"{escape('; '.join(paper(report, cited) for cited in line.cited) or 'nothing')}</td>"
        f"<td>{line.support:.2f}</td></tr>"
        for line in lines
    )
    if not rows:
        return ""
    head = "<tr><th>sentence</th><th>cites</th><th>support</th></tr>"
    return f'<h3>Not verbatim</h3><div class="wide"><table>{head}{rows}</table></div>'


def _evidence(page: _Page, row: Row, anchor: str) -> str:
    if not row.citations:
        return ""
    is_open = " open" if len(row.citations) <= _UNFOLDED else ""
    shown = (_cited(evidence, page.shelf, anchor, is_open) for evidence in row.citations)
    return f"<h3>Evidence</h3>{''.join(shown)}"


def _cited(evidence: Evidence, shelf: Mapping[str, Paper], anchor: str, is_open: str) -> str:
    """The cited abstract with its quotes marked, and the fields that the answer used."""
    number, found = evidence.number, shelf.get(evidence.paper_id)
    if found is None:
        return (
            f'<p class="bad" id="{anchor}-{number}">[{number}] {escape(evidence.paper_id)} '
            "is not here.</p>"
        )
    fields = f" (uses {', '.join(evidence.fields)})" if evidence.fields else ""
    return (
        f'<details id="{anchor}-{number}"{is_open}><summary>[{number}] '
        f"{escape(found.title + fields)}</summary>"
        f"<p>{_marked(found.abstract, evidence.quotes)}</p></details>"
    )


def _marked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    parts, place = [], 0
    for first, end in sorted(spans):
        start = max(first, place)
        if end > start:
            parts += [escape(text[place:start]), f"<mark>{escape(text[start:end])}</mark>"]
            place = end
    return "".join([*parts, escape(text[place:])])


def _retrieved(report: Report, row: Row) -> str:
    """The papers that the question brought up, best first, and those that it should have."""
    if not row.retrieved:
        return ""
    numbers = {evidence.paper_id: evidence.number for evidence in row.citations}
    beyond = [p for p in dict.fromkeys((*row.cited, *row.expected)) if p not in row.retrieved]
    ranked = [*((str(n), p) for n, p in enumerate(row.retrieved, 1)), *(("–", p) for p in beyond)]
    rows = []
    for place, paper_id in ranked:
        cited = paper_id in numbers
        kind = "good" if paper_id in (*row.expected, *row.acceptable) else ""
        tags = [_tag(f"cited [{numbers[paper_id]}]", kind)] if cited else []
        if paper_id in row.expected:
            tags.append(_tag("expected", "" if cited else "bad"))
        elif paper_id in row.acceptable:
            tags.append(_tag("acceptable"))
        rows.append(
            f'<tr class="{"cited" if cited else "soft"}"><td>{place}</td>'
            f"<td>{escape(paper(report, paper_id))}</td><td>{' '.join(tags)}</td></tr>"
        )
    found = len(set(row.retrieved) & set(row.expected))
    count = f", {found} of {len(row.expected)} expected among them" if row.expected else ""
    return (
        f"<details open><summary>Retrieved: {len(row.retrieved)} papers, best first{count}"
        f'</summary><table class="retrieved">{"".join(rows)}</table></details>'
    )


def _scores(row: Row) -> str:
    """The measures of one case, those that are not at their best first and coloured."""
    worse: list[str] = []
    best: list[str] = []
    for name, value in row.measures.items():
        if value is not None:
            is_best = value == (0 if name in LOWER_IS_BETTER else 1)
            (best if is_best else worse).append(f"{name}&nbsp;{value:.3g}")
    low = f'<span class="bad">{", ".join(worse)}</span>' if worse else ""
    return f"<p><small>{low}{', ' if low and best else ''}{', '.join(best)}</small></p>"
