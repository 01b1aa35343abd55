"""A synthetic WARC laid out as Common Crawl's, with the truth about each of its records; its prose is our own."""

from stages.sample.truth import RecordTruth, SampleTruth
from stages.sample.write import write_sample

__all__ = ["RecordTruth", "SampleTruth", "write_sample"]
