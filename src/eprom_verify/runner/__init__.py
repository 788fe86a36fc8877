"""Runs the features under pytest: collects them whole, follows each scenario, and turns what happened into a result."""
