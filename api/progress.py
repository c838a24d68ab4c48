"""The progress of an ingestion: one bar, by bytes, so that the time that remains is right where files differ in size."""

from collections.abc import Iterable, Iterator, Sequence

from tqdm import tqdm

from api.ingesting import Outcome
from api.sources import SourceFile


def shown_progress(files: Sequence[SourceFile], outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes of files, in their order, while a bar on the standard error shows how far they are; none where that is no terminal."""
    total = sum(file.size for file in files)
    with tqdm(total=total, unit="B", unit_scale=True, unit_divisor=1024, smoothing=0.05, disable=None) as bar:
        for number, (file, outcome) in enumerate(zip(files, outcomes, strict=False), 1):
            yield outcome
            bar.set_postfix_str(f"{number}/{len(files)} files", refresh=False)
            bar.update(file.size)
