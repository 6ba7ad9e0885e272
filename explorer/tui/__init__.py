"""The Textual interface: keys become jobs, jobs become frozen traces, widgets draw them."""
