"""Words that say too little to be searched for."""

from __future__ import annotations

STOP_WORDS = frozenset(
    """a about above after again all also although am among an and any are as at be because been
    before being between both but by can could did do does doing done during each either etc few
    for from further had has have having he her here hers him his how however i if in into is it
    its itself just let may me might more most much must my no nor not now of on once only or other
    our ours out over own per same shall she should since so some such than that the their theirs
    them then there these they this those through thus to too under until up upon us use used uses
    using very via was we well were what when where whether which while who whom whose why will with
    within without would yet you your""".split()
)
