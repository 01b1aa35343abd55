"""Other projects' extractors, each in a process of its own that may be killed."""
