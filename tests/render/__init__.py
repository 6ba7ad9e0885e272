"""Tests of the pure drawing code."""
