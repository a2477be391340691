from __future__ import annotations

import numpy as np

from benchwright.metrics.duck import Duck


def test_lists_are_understood_wherever_they_stand() -> None:
    # A column whose type is guessed from some of its rows would be one of nothing.
    lists = np.empty(10_000, object)
    for row in range(len(lists)):
        lists[row] = [row] if row % 10 == 5 else []
    duck = Duck()
    try:
        answer = duck.fetch(
            "SELECT sum(len(found)) AS entries, max(found[1]) AS largest"
            " FROM (SELECT found::INTEGER[] AS found FROM listed)",
            tables={"listed": {"found": lists}},
        )
    finally:
        duck.close()
    assert (int(answer["entries"][0]), int(answer["largest"][0])) == (1000, 9995)
