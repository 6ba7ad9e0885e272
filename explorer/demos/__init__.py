"""Sessions with captions, as data: what attention does, on the shipped models."""
