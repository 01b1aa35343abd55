"""Pure kernels over text: arrays, bytes and strings in, the same out; no I/O."""
