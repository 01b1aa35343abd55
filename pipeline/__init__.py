"""The machine that runs stages: it knows nothing of Japanese, HTML or duplicates."""
