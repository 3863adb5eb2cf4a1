"""Parts of a text that has to stay under a length: what matters most is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 65_536
"""What GitHub takes as a comment. Counted in bytes, so that it holds however it counts."""

_MORE = "- … and {n} more; report.html shows them all."


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of Markdown. `items` may be cut short; `rank` 0 matters most."""

    rank: int
    head: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    tail: tuple[str, ...] = ()


def fitted(parts: Sequence[Part], most: int = MOST) -> str:
    """The parts in their order, cut so that the whole has at most `most` bytes.

    Room goes to the lowest ranks first; of a part that is too long come as many items as fit, and
    how many more there are. Without room for its head and tail it is left out.
    """
    room = most
    kept: dict[int, str] = {}
    for place in sorted(range(len(parts)), key=lambda n: parts[n].rank):
        text = _cut(parts[place], room)
        kept[place] = text
        room -= len(text.encode())
    return "".join(kept[place] for place in range(len(parts)))


def _cut(part: Part, room: int) -> str:
    whole = _lines((*part.head, *part.items, *part.tail))
    if len(whole.encode()) <= room:
        return whole
    reserve = _lines((*part.head, _MORE.format(n=len(part.items)), *part.tail))
    left = room - len(reserve.encode())
    if left < 0:
        return ""
    kept: list[str] = []
    for item in part.items:
        left -= len(_lines((item,)).encode())
        if left < 0:
            break
        kept.append(item)
    more = _MORE.format(n=len(part.items) - len(kept))
    return _lines((*part.head, *kept, more, *part.tail))


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
