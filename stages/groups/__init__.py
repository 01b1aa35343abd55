"""Pure kernels over keys and numbers of documents: arrays in, arrays out; no I/O."""
