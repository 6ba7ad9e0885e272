"""Tests of the scene generator and of the language of its captions."""
