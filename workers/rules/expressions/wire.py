"""Reading protobuf's wire format: numbered fields, each a number or bytes. Performs no I/O.

Enough of it for the few messages of a checked expression; the protobuf runtime would be a large
dependency for that. Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_WIDTHS = {1: 8, 5: 4}
_INT64 = 1 << 64


@dataclass(frozen=True)
class Message:
    """One message; a field that is not there is 0 or empty."""

    #: field number -> its values, in order
    fields: dict[int, list[int | bytes]]

    @classmethod
    def of(cls, data: bytes) -> Message:
        """Read a whole message. Raises IndexError when it ends too early."""
        message = cls({})
        at = 0
        while at < len(data):
            key, at = _varint(data, at)
            value, at = _value(data, at, key & 7)
            message.fields.setdefault(key >> 3, []).append(value)
        return message

    def __contains__(self, number: int) -> bool:
        return number in self.fields

    def integer(self, number: int) -> int:
        """An int64."""
        value = self.fields.get(number, [0])[-1]
        assert isinstance(value, int), number  # noqa: S101 -- the format of the checker's answer
        return value - _INT64 if value >= _INT64 >> 1 else value

    def octets(self, number: int) -> bytes:
        """Bytes as they are."""
        value = self.fields.get(number, [b""])[-1]
        assert isinstance(value, bytes), number  # noqa: S101 -- as above
        return value

    def text(self, number: int) -> str:
        """UTF-8."""
        return self.octets(number).decode()

    def below(self, number: int) -> Message:
        """A message inside this one."""
        return Message.of(self.octets(number))

    def each(self, *numbers: int) -> Iterator[Message]:
        """Every message in these fields."""
        for number in numbers:
            for value in self.fields.get(number, ()):
                assert isinstance(value, bytes), number  # noqa: S101 -- as above
                yield Message.of(value)


def _value(data: bytes, at: int, kind: int) -> tuple[int | bytes, int]:
    if kind == 0:
        return _varint(data, at)
    width = _WIDTHS.get(kind)
    if width is None:
        width, at = _varint(data, at)
    return data[at : at + width], at + width


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:  # more follows
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | data[at] << shift, at + 1
