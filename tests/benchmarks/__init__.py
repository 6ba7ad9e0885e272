"""Measurements for the README; run by hand, never by a timed test: ``python -m tests.benchmarks``."""
