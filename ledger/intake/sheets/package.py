"""The zipped kinds of spreadsheet: the archive checked before it is unpacked, XML read in a stream.

No document type, and so no entity, is accepted; tags are bounded in size and depth. Every limit
is a count, never a clock, so that the same file always gets the same answer.
"""

import struct
import zipfile
import zlib
from io import BytesIO
from xml.parsers import expat

from ledger.intake.sheets.cells import MOST_PARTS, MOST_PLACES, MOST_UNPACKED, Meter

_CHUNK = 256 * 1024
_LONGEST_TAG = 1024 * 1024
_DEEPEST = 64
_MOST_ATTRIBUTES = 100
_MOST_KINDS = 500
# The errors that zipfile raises for damaged archives and for archives with false headers.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    struct.error,
)
_INSIDE = (".zip", ".xlsx", ".xlsm", ".xls", ".ods", ".docx", ".doc", ".pdf", ".exe", ".dll")


class Reader:
    """The callbacks of a part's reader: tags by their local names, attributes with the namespace.

    An attribute of a namespace is `urn:… name`, one without is `name`.
    """

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def data(self, text: str) -> None: ...


class Package:
    """An archive whose table of contents is within the limits."""

    def __init__(self, data: bytes, meter: Meter) -> None:
        self.meter = meter
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except _DAMAGED as error:
            raise meter.refuse(f"is damaged: {_clause(error)}. Save it again.") from None
        entries = self._zip.infolist()
        self.names = [entry.filename for entry in entries]
        if len(entries) > MOST_PARTS:
            raise meter.refuse(f"has {len(entries):,} parts; {MOST_PARTS:,} is the most.")
        if len(set(self.names)) < len(entries):
            raise meter.refuse("has two parts of the same name: save it again.")
        unpacked = sum(entry.file_size for entry in entries)
        if unpacked > MOST_UNPACKED:
            raise meter.refuse(
                f"unpacks to {unpacked:,} bytes; {MOST_UNPACKED:,} (100 MB) is the most. Delete "
                "what is empty, or import it in parts."
            )
        for entry in entries:
            if entry.flag_bits & 0x1:
                raise meter.refuse("is locked with a password: save it without one.")
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise meter.refuse("is packed in a way that no spreadsheet is: save it again.")
            name = entry.filename.lower()
            if name.endswith(_INSIDE) or "/embeddings/" in name:
                raise meter.refuse(
                    f"has another file inside ({name.rpartition('/')[2][:80]}): take it out."
                )

    @property
    def mimetype(self) -> bytes:
        """What the part `mimetype` says, which OpenDocument files have; empty where none is."""
        if "mimetype" not in self.names:
            return b""
        try:
            with self._zip.open("mimetype") as stream:
                return stream.read(200).strip()
        except _DAMAGED:
            return b"damaged"

    def read(self, part: str, reader: Reader) -> None:
        """Tell `reader` what a part holds. It must be there."""
        meter = self.meter
        depth = 0
        tags: dict[str, str] = {}
        tell_start, tell_end = reader.start, reader.end

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            meter.places += 1
            if len(attributes) > _MOST_ATTRIBUTES:
                raise meter.refuse(f"has a tag of {len(attributes):,} attributes in {part}.")
            if depth > _DEEPEST:
                raise meter.refuse(f"has tags nested more than {_DEEPEST} deep in {part}.")
            if meter.places > MOST_PLACES:
                meter.count_places(0)
            tag = tags.get(name)
            if tag is None:
                if len(tags) == _MOST_KINDS:
                    raise meter.refuse(f"has more than {_MOST_KINDS} kinds of tag in {part}.")
                tag = tags[name] = name.rpartition(" ")[2]
            tell_start(tag, attributes)

        def end(name: str) -> None:
            nonlocal depth
            depth -= 1
            tell_end(tags[name])

        def refuse_doctype(*_: object) -> None:
            raise meter.refuse(
                f"declares a document type in {part}, which no spreadsheet does: it is not read."
            )

        def check_encoding(_version: str, encoding: str | None, _standalone: int) -> None:
            if encoding is not None and encoding.upper() not in ("UTF-8", "UTF-16"):
                raise meter.refuse(
                    f"is in the character set “{encoding[:40]}” in {part}, which no spreadsheet "
                    "is: save it again."
                )

        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = reader.data
        parser.XmlDeclHandler = check_encoding
        parser.StartDoctypeDeclHandler = refuse_doctype
        try:
            with self._zip.open(part) as stream:
                fed = 0
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk)
                    fed += len(chunk)
                    if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG + _CHUNK:
                        raise meter.refuse(f"has a tag of more than 1 MB in {part}.")
                parser.Parse(b"", True)
        except KeyError:
            raise meter.refuse(f"lacks its part {part}: save it again.") from None
        except expat.ExpatError as error:
            raise meter.refuse(
                f"is damaged: {part}, line {error.lineno}: {expat.ErrorString(error.code)}. "
                "Save it again."
            ) from None
        except _DAMAGED as error:
            raise meter.refuse(f"is damaged: {_clause(error)}. Save it again.") from None


def _clause(error: Exception) -> str:
    return str(error).rstrip(".")[:200] or type(error).__name__
