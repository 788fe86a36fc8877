"""The fixtures of the simulator tests, for peers that order from it."""

from tests.simulator.conftest import host, no_stack_trace, population, serve

__all__ = ["host", "no_stack_trace", "population", "serve"]
