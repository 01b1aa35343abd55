"""The process that runs another project's extractor: pages in on a socket, texts out, one at a time.

Started as `python -m stages.peers.child NAME`; its standard input is the socket. A message is its length in 8 bytes and
then UTF-8; the length `FAILED` stands alone and says that the extractor raised or found nothing.
"""

import logging
import socket
import struct
import sys
from collections.abc import Callable

LENGTH = struct.Struct(">q")
FAILED = -1


def extractor(name: str) -> Callable[[str], str | None]:
    """The function that turns a page into text. Raises ImportError where the extra is not installed."""
    if name == "trafilatura":
        import trafilatura

        def by_trafilatura(html: str) -> str | None:
            text: str | None = trafilatura.extract(html)
            return text

        return by_trafilatura
    from resiliparse.extract.html2text import extract_plain_text

    def by_resiliparse(html: str) -> str | None:
        text: str = extract_plain_text(html, main_content=True, alt_texts=False)
        return text

    return by_resiliparse


def receive(peer: socket.socket, size: int) -> bytes:
    """Exactly this many bytes. Raises EOFError where the other side has gone."""
    parts = bytearray()
    while len(parts) < size:
        part = peer.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def serve(name: str, peer: socket.socket) -> None:
    """Say that the extractor is loaded, then answer pages until the other side goes."""
    logging.disable(logging.CRITICAL)
    extract = extractor(name)
    peer.sendall(LENGTH.pack(0))
    while True:
        try:
            (size,) = LENGTH.unpack(receive(peer, LENGTH.size))
            html = receive(peer, size).decode("utf-8", "replace")
        except (EOFError, ConnectionError):
            return
        try:
            text = extract(html)
        except Exception:  # whatever a page does to another project's code, the next page is served
            text = None
        found = (text or "").encode("utf-8", "replace")
        peer.sendall(LENGTH.pack(len(found) if text else FAILED) + found)


if __name__ == "__main__":
    serve(sys.argv[1], socket.socket(fileno=0))
