"""The tour's chapters, one TOML file each, in the order of their numbers: text, scene, keys and checks."""
