"""The stages: one module each, found by the module's name."""
