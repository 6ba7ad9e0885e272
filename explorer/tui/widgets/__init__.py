"""Widgets of the interface; each draws one `View`."""
