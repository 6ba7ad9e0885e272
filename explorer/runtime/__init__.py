"""Bundles, sessions and decoding: everything of the explorer that needs no screen."""
