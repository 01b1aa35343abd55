"""Language identification models: where they lie, what they are licensed under, how they are loaded."""

from stages.lid.model import EMBEDDED, embedded_model, licence_of, load_model

__all__ = ["EMBEDDED", "embedded_model", "licence_of", "load_model"]
