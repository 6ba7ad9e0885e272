"""Pure drawing: attention weights in, terminal cells, SVG and HTML out. Nothing here reads or writes a file."""
