"""Pictures of shapes, drawn and described by our own generator: a command for users, and a corpus to train on."""
