"""What a column is: its name, type, meaning and unit; and the columns the machine itself writes."""

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa


class Column(NamedTuple):
    """One column of a document. A transient column lives within a batch and is never stored."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = ""
    transient: bool = False

    def field(self) -> pa.Field:
        """The Arrow field; its metadata carries meaning and unit into every Parquet file."""
        return pa.field(self.name, self.type, metadata={"meaning": self.meaning, "unit": self.unit})


DROP_REASON = Column("drop_reason", pa.string(), "why the document fell; null where it is kept")
DROPPED_BY = Column("dropped_by", pa.string(), "the stage that dropped the document; null where it is kept")
NUM_CHARACTERS = Column("num_characters", pa.int64(), "length of the text", "characters")
ROW = Column("row", pa.int64(), "number of the document among all documents of the run", transient=True)


def stored_schema(columns: Iterable[Column]) -> pa.Schema:
    """The Parquet schema of these columns, in order, without the transient; a later column of a name replaces it."""
    stored = {column.name: column.field() for column in columns if not column.transient}
    return pa.schema(list(stored.values()))
