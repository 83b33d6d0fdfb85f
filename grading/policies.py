"""Which of a learner's attempts counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from grading.attempts import STAMP, Attempt
from grading.marking import Policy


def counting(policy: Policy, given: Sequence[Attempt], points: Mapping[int, float], due: datetime | None) -> Attempt:
    """Return the attempt that counts.

    When one was handed in is what its learner's machine said, and never later than it was received; of two at the
    same second the one that arrived later is the later one.

    Args:
        policy: see `marking.Marking`.
        given: at least one.
        points: what the tests gave, by the attempt's number; less than 0 for what could not be marked.
        due: until when attempts are in time; None for ever.
    """
    ordered = sorted(given, key=lambda each: (each.created, each.number))
    if policy == "first":
        return ordered[0]
    if policy == "best":
        return max(reversed(ordered), key=lambda each: points[each.number])
    if policy == "last-before-due" and due is not None:
        in_time = [each for each in ordered if datetime.strptime(each.created, STAMP).replace(tzinfo=UTC) <= due]
        return in_time[-1] if in_time else ordered[0]
    return ordered[-1]
