"""Tests keep compiled kernels where the command keeps them, so that each is compiled once."""

from pipeline.warm import use_kernel_cache

use_kernel_cache()
