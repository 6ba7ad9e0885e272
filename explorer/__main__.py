"""``python -m explorer`` is ``attn-explore``."""

from explorer.cli import main

main()
