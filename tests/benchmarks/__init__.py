"""Measurements for the README; run by hand, never by a timed test: ``python -m tests.benchmarks``."""

NAME = "translate-en-fr"
"""The model that is measured."""
TARGET_TOKENS = 30
"""Emitted tokens at which a switch is measured."""
