"""Tests of explorer.runtime."""
