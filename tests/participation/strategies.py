"""Hypothesis strategies: surveys of every shape."""

from hypothesis import strategies as st

from collector.participation.answers import Answer, Row
from collector.participation.design import Design
from collector.participation.survey import Survey

DIMENSIONS = ("know", "discuss", "do")
ANSWERS = st.tuples(*[st.sampled_from([Answer.YES, Answer.YES, Answer.YES, *Answer])] * len(DIMENSIONS))


@st.composite
def surveys(draw: st.DrawFn, *, is_plain: bool = False) -> Survey:
    """Draw a survey: one to four villages, with or without populations, clusters, weights, drawn villages."""
    villages = draw(st.integers(1, 4))
    has_clusters = not is_plain and draw(st.booleans())
    has_weights = not is_plain and draw(st.booleans())
    rows, populations = [], {}
    for village in range(villages):
        asked = draw(st.integers(2, 8))
        for household in range(asked):
            for _ in range(draw(st.integers(1, 3)) if has_clusters else 1):
                rows.append(
                    Row(
                        stratum=str(village),
                        answers=draw(ANSWERS),
                        cluster=str(household) if has_clusters else None,
                        weight=draw(st.floats(0.1, 50)) if has_weights else None,
                        groups={"sex": draw(st.sampled_from("FM"))},
                    )
                )
        populations[str(village)] = asked + draw(st.integers(0, 60))
    known = draw(st.booleans())
    drawn_villages = not is_plain and known and villages > 1 and draw(st.booleans())
    area = villages + draw(st.integers(0, 5)) if drawn_villages else None
    return Survey(rows, DIMENSIONS, Design(populations if known else {}, area_villages=area))
