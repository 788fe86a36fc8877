"""How scenarios are shared out among workers that have ePROM in common."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

import pytest
from xdist.scheduler import LoadScheduling  # type: ignore[import-untyped]

NOT_AT_ONCE = "personvern/"
"""Where the scenarios stand that change what ePROM keeps of a person, and read it again: two of them at once would
each see what the other has done."""


class Shares(LoadScheduling):  # type: ignore[misc]  # xdist has no types for it
    """Gives each worker all of its share as the run begins, so that none waits for more before it goes on.

    `scenario` gives the id of a scenario by pytest's own name of it.
    """

    def __init__(self, config: pytest.Config, scenario: Callable[[str], str]) -> None:
        super().__init__(config)
        self._scenario = scenario
        self._shared_out = False

    def schedule(self) -> None:
        """Share out what every worker has collected, in its order."""
        if self._shared_out or not self._check_nodes_have_same_collection():
            return
        self._shared_out = True
        names: list[str] = next(iter(self.node2collection.values()))
        self.collection = names
        shares: dict[object, list[int]] = {node: [] for node in self.nodes}
        turns = cycle(self.nodes)
        for index, name in enumerate(names):
            node = self.nodes[0] if self._scenario(name).startswith(NOT_AT_ONCE) else next(turns)
            shares[node].append(index)
        for node in self.nodes:
            self.node2pending[node].extend(shares[node])
            node.send_runtest_some(shares[node])
            node.shutdown()
