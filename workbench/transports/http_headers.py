"""Headers of HTTP/1.1 between text and the bytes on the wire."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.exchange import Headers


def to_raw_headers(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Encode headers as typed; text beyond ASCII goes out as UTF-8, which RFC 9110 (5.5) leaves to the two ends."""
    return [(name.encode("utf-8"), value.encode("utf-8")) for name, value in headers]


def parse_raw_headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Decode headers as UTF-8 where they are, and as ISO-8859-1, which takes every byte, where they are not."""
    return tuple((_decode(name), _decode(value)) for name, value in raw)


def _decode(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
