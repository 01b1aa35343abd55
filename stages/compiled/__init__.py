"""Kernels' machine code: compiled once on a machine, afterwards loaded without the compiler."""
