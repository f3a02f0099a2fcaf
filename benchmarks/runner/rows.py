"""A row of the result: two figures, their ratio, and whether that is good enough."""

from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """What one server reached: the median of its rounds, and the least and the most of them."""

    values: tuple

    @property
    def middle(self):
        return median(self.values)

    def __str__(self):
        least, most = min(self.values), max(self.values)
        return written(self.middle) if least == most else f"{written(self.middle)} ({written(least)}-{written(most)})"


@dataclass(frozen=True)
class Target:
    """A bound on the ratio ours / peer or, if absolute, on our figure itself."""

    bound: float
    at_least: bool = True
    absolute: bool = False

    def met(self, value):
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self):
        return f"{'at least' if self.at_least else 'at most'} {self.bound:g}{'' if self.absolute else ' ×'}"


@dataclass(frozen=True)
class Row:
    """One workload. Without a peer there is no ratio; without a target nothing can be short; what was skipped is."""

    workload: str
    unit: str
    ours: Figure | None
    peer: Figure | None = None
    peer_name: str = ""
    target: Target | None = None
    remark: str = ""  # why the target is another one than usual

    @property
    def ratio(self):
        return self.ours.middle / self.peer.middle if self.ours and self.peer and self.peer.middle else None

    @property
    def short(self):
        if self.target is None:
            return False
        if self.ours is None:
            return True
        return not self.target.met(self.ours.middle if self.target.absolute else self.ratio)

    @property
    def verdict(self):
        if self.target is None:
            return ""
        return "**skipped**" if self.ours is None else "**short**" if self.short else "ok"


def at_least(bound):
    return Target(bound)


def at_most(bound):
    return Target(bound, at_least=False)


def no_more_than(bound):
    """Of our own figure, whatever the peer's is."""
    return Target(bound, at_least=False, absolute=True)


def written(value):
    return f"{value:.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"
