"""Files of Office: archives of XML parts that refer to each other (ECMA-376, part 2)."""

from collections.abc import Iterator

from index.formats.archive import Archive
from index.formats.xml_tree import Element, parse


class OfficeFile(Archive):
    """The parts of a file of Office."""

    def part(self, name: str) -> Element | None:
        """The XML of a part; None if there is no such part."""
        return parse(self.read(name)) if name in self.names else None

    def targets(self, source: str, kind: str) -> Iterator[str]:
        """The parts that a part (or, with "", the whole) refers to as its `kind`; none outside the file."""
        folder, _, file = source.rpartition("/")
        root = self.part(f"{folder}/_rels/{file}.rels".removeprefix("/"))
        for relation in root if root is not None else ():
            if relation.get("Type", "").endswith(f"/{kind}") and relation.get("TargetMode") != "External":
                yield f"/{folder}/{target}".lstrip("/") if (target := relation.get("Target", ""))[:1] != "/" else target[1:]
