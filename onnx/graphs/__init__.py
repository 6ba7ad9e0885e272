"""The shipped bundles, one folder each, as package data."""
