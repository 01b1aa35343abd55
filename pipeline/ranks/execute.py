"""One rank, whatever its plan's kind: the whole of what a worker process does."""

from pipeline.errors import WabunError
from pipeline.manifest import Manifest
from pipeline.plan import Kind
from pipeline.ranks import Rank
from pipeline.ranks.documents import run_documents, run_layer
from pipeline.ranks.finish import run_finish
from pipeline.ranks.gathers import run_link, run_settle, run_sketch
from pipeline.ranks.shards import run_shards

_RUN = {
    Kind.DOCUMENTS: run_documents,
    Kind.LAYER: run_layer,
    Kind.SKETCH: run_sketch,
    Kind.LINK: run_link,
    Kind.SETTLE: run_settle,
    Kind.SHARDS: run_shards,
    Kind.FINISH: run_finish,
}


def execute(rank: Rank) -> Manifest:
    """Run the rank and write its done marker. Raises WabunError for what a user can mend."""
    try:
        _RUN[rank.plan.kind](rank)
    except WabunError:
        rank.check_current()  # what it did not find may be what another config has
        raise
    return rank.finish()
