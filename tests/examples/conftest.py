"""The fixtures of the simulator tests, for the example that is integrated with it."""

from tests.simulator.conftest import host, no_stack_trace, population

__all__ = ["host", "no_stack_trace", "population"]
