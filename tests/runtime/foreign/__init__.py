"""Attention from other programs."""
