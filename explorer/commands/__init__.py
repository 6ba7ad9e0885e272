"""The subcommands of attn-explore, one module each."""
