"""What was measured, and what it had to be."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Series:
    """The values of one quantity over the rounds, in the order of the rounds."""

    values: list[float]

    @property
    def median(self) -> float | None:
        """The median; None when nothing was measured."""
        return statistics.median(self.values) if self.values else None

    def over(self, other: Series) -> float | None:
        """Return the ratio of the medians; None when one is not there.

        >>> Series([1.0, 2.0, 9.0]).over(Series([8.0]))
        0.25
        """
        return self.median / other.median if self.median is not None and other.median else None


@dataclass(frozen=True)
class Goal:
    """A number that must be reached.

    Attributes:
        what: the quantity, for people.
        value: what was measured; None when it could not be.
        limit: it must not be above this; None for quantities that are told only.
        unit: "ratio", "ms", "bytes" or "s".
    """

    what: str
    value: float | None
    limit: float | None
    unit: str

    @property
    def met(self) -> bool | None:
        """Whether it is reached; None when that is not known."""
        return None if self.value is None or self.limit is None else self.value <= self.limit


@dataclass
class Results:
    """All that a run of the bench found.

    Attributes:
        about: machine, versions and conditions, by name.
        series: values by contender, kind of visit and quantity: `series["lesson"]["cold"]["output_s"]`.
        goals: what had to be reached.
        failures: what could not be measured, and why.
        visits: everything as it came, for whoever wants to look closer.
        marking: what marking hand-ins took, by who did it.
    """

    about: dict[str, Any] = field(default_factory=dict)
    series: dict[str, dict[str, dict[str, Series]]] = field(default_factory=dict)
    goals: list[Goal] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    marking: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, kind: str, quantity: str, *values: float | None) -> None:
        """Add values to a series; None adds nothing."""
        series = self.series.setdefault(name, {}).setdefault(kind, {}).setdefault(quantity, Series([]))
        series.values.extend(value for value in values if value is not None)

    def get(self, name: str, kind: str, quantity: str) -> Series:
        """Return a series, an empty one when there is none."""
        return self.series.get(name, {}).get(kind, {}).get(quantity, Series([]))
