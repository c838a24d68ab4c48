"""The files that tests make: what ZIP and PDF files are made of, put together."""

import io
import zipfile
from collections.abc import Mapping, Sequence


def zipped(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP file of these members, the same at any time: what is made of it names tests, which must be called the same in each process."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member, compression)
    return content.getvalue()


def pdf_of(objects: Sequence[str], trailer: str = "") -> bytes:
    """A PDF file of these objects, numbered from 1, of which the first is its root; `trailer` stands beside that in the trailer."""
    file, places = "%PDF-1.4\n", []
    for number, written in enumerate(objects, start=1):
        places.append(len(file))
        file += f"{number} 0 obj\n{written}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(file)}\n%%EOF"
    return (file + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{end}").encode("latin-1")


def pdf_pages(*pages: str) -> bytes:
    """A PDF file with a line a page, in Helvetica."""
    numbers = [4 + 2 * number for number in range(len(pages))]
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(f'{n} 0 R' for n in numbers)}] /Count {len(pages)} >>",
    ]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for number, text in zip(numbers, pages, strict=True):
        stream = f"BT /F 10 Tf 72 700 Td ({text}) Tj ET"
        page = "/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 3 0 R >> >>"
        objects += [f"<< {page} /Contents {number + 1} 0 R >>", f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream"]
    return pdf_of(objects)
