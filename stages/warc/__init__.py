"""Pure kernels over web archives: bytes, memoryviews and binary streams in, records out; no network, no pipeline."""
