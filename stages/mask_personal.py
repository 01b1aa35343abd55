"""The stage that masks personal data."""

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import pyarrow as pa

from pipeline.stage import Column, Transform, with_columns
from stages.text.personal import FAKES, KINDS, TOKENS, find_personal, mask_personal

Choice = Literal["off", "mask", "drop"]

_COUNTS = {kind: f"num_{kind}es" if kind.endswith("s") else f"num_{kind}s" for kind in KINDS}


@dataclass(frozen=True, kw_only=True)
class MaskPersonal(Transform):
    """Mask e-mail and postal addresses, telephone, card, account and individual numbers, and IP addresses."""

    reads: ClassVar = ("text",)
    writes: ClassVar = (
        Column("text", pa.string(), "main text of the page, personal data masked"),
        *(Column(_COUNTS[kind], pa.int32(), f"personal data found: {TOKENS[kind]}", "spans") for kind in KINDS),
    )

    email: Annotated[Choice, "e-mail addresses, `[at]` and ＠ too"] = "mask"
    address: Annotated[Choice, "postal codes with the address that follows"] = "mask"
    bank_account: Annotated[Choice, "bank account numbers that the text names as such"] = "mask"
    phone: Annotated[Choice, "Japanese telephone numbers"] = "mask"
    card: Annotated[Choice, "payment card numbers that pass Luhn's test"] = "mask"
    my_number: Annotated[Choice, "individual numbers of 12 digits with a valid check digit"] = "mask"
    ip_address: Annotated[Choice, "public IP addresses"] = "mask"
    replacement: Annotated[Literal["token", "fake"], "a token that names the kind, or a value that is nobody's"] = (
        "token"
    )

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its text masked and what was found counted; a kind to drop is left as it stands."""
        choices: dict[str, Choice] = {kind: getattr(self, kind) for kind in KINDS}
        wanted = frozenset(kind for kind, choice in choices.items() if choice != "off")
        replacements = TOKENS if self.replacement == "token" else FAKES
        texts = batch.column("text").to_pylist()
        counts: dict[str, list[int]] = {kind: [0] * len(texts) for kind in KINDS}
        reasons: list[str | None] = [None] * len(texts)
        for row, text in enumerate(texts):
            spans = find_personal(text, wanted) if text else []
            if not spans:
                continue
            for kind, count in Counter(span.kind for span in spans).items():
                counts[kind][row] = count
            reasons[row] = next((f"has_{span.kind}" for span in spans if choices[span.kind] == "drop"), None)
            masked = [span for span in spans if choices[span.kind] == "mask"]
            texts[row] = mask_personal(text, masked, replacements)
        columns = {_COUNTS[kind]: counts[kind] for kind in KINDS}
        found = any(any(of_kind) for of_kind in counts.values())
        text_column = pa.array(texts, self.writes[0].type) if found else batch.column("text")
        if "drop" not in choices.values():
            return with_columns(batch, {"text": text_column, **columns}, self.writes)
        return with_columns(batch, {"text": text_column, **columns}, self.writes, drop_reason=reasons)
