"""What all tests share: where compiled kernels are kept, and that no generated case is judged by a clock."""

from hypothesis import settings

from pipeline.warm import use_kernel_cache

use_kernel_cache()  # the command's own folder, so that each kernel is compiled once

settings.register_profile("wabun", deadline=None)  # the first case may compile a kernel
settings.load_profile("wabun")
