"""Attention that other programs computed: read from their files, no model needed."""
