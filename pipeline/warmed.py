"""Imported by the fork server when it starts: from here on, its processes are born with warm stages."""

from pipeline import rank_process
from pipeline.ranks import execute
from pipeline.warm import warm_here

warm_here()

__all__ = ["execute", "rank_process"]
