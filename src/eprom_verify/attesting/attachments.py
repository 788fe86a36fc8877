"""Files that a tester attaches: what they are is looked at, and what they tell besides what is seen is taken out."""

from __future__ import annotations

import hashlib
import io
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eprom_verify.errors import UsageProblem
from eprom_verify.handover.pdf_texts import Unseen
from eprom_verify.handover.views import texts_of
from eprom_verify.keys import own_secrets
from eprom_verify.masking import Mask
from eprom_verify.persons import mask_ids
from eprom_verify.verdict import Attachment

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 50_000_000
_KINDS = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"%PDF-": "application/pdf"}
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "application/pdf": "pdf"}
_ACTIVE = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia", "/XFA", "/SubmitForm", "/ImportData")


@dataclass(frozen=True)
class Kept:
    """An attachment and its bytes, as they are to be kept."""

    attachment: Attachment
    content: bytes


def cleaned(path: Path, *, stem: str) -> Kept:
    """The file as it is to be kept: a PNG, a JPEG or a PDF without metadata, named after `stem` and its own hash.

    Raises:
        UsageProblem: it is missing, too large, none of the three, damaged, or a PDF that does more than show pages.
    """
    content = _read(path)
    kind = next((kind for sign, kind in _KINDS.items() if content.startswith(sign)), None)
    if kind is None:
        raise _refused(path, "er verken PNG, JPEG eller PDF", "Ta et skjermbilde som PNG, eller lagre som PDF.")
    clean = _clean_pdf(path, content) if kind == "application/pdf" else _clean_image(path, content, kind)
    digest = hashlib.sha256(clean).hexdigest()
    name = f"{stem}-{digest[:12]}.{_ENDINGS[kind]}"
    return Kept(Attachment(name=name, media_type=kind, size=len(clean), sha256=digest), clean)


def _read(path: Path) -> bytes:
    try:
        found = path.stat()
        # Else a pipe would be waited for.
        if not stat.S_ISREG(found.st_mode):
            raise _refused(path, "er ikke en fil", "Sjekk stien.")
        if found.st_size > LARGEST_BYTES:
            raise _refused(path, f"er større enn {LARGEST_BYTES // 1024 // 1024} MB", "Legg ved noe mindre.")
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise _refused(path, "finnes ikke", "Sjekk stien.") from exc
    except (OSError, ValueError) as exc:
        raise _refused(path, "kan ikke leses", "Sjekk stien, og rettighetene til filen.") from exc


def _clean_image(path: Path, content: bytes, kind: str) -> bytes:
    """The pixels alone: place, time, device and thumbnail stand beside them."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _refused(path, "har for mange punkter", "Legg ved et mindre bilde.")
            turned: Image.Image = ImageOps.exif_transpose(image)
            plain = _pixels(turned, kind)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as exc:
        raise _refused(path, "er et bilde som ikke kan åpnes", "Ta det på nytt.") from exc
    made = io.BytesIO()
    options = {"quality": 90} if kind == "image/jpeg" else {"optimize": True}
    plain.save(made, "JPEG" if kind == "image/jpeg" else "PNG", **options)
    return made.getvalue()


def _pixels(image: Image, kind: str) -> Image:
    from PIL import Image

    mode = "RGB" if kind == "image/jpeg" or image.mode not in ("RGBA", "LA", "PA", "P") else "RGBA"
    converted = image.convert(mode)
    plain = Image.new(mode, converted.size)
    plain.paste(converted)
    return plain


def _clean_pdf(path: Path, content: bytes) -> bytes:
    """The pages alone: the document's own metadata is not taken along."""
    from pypdf import PdfReader, PdfWriter
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content), strict=False)
        if reader.is_encrypted:
            raise _refused(path, "er beskyttet med passord", "Lagre den uten.")
        writer = PdfWriter()
        for page in reader.pages:
            for key in ("/AA", "/Metadata", "/PieceInfo"):
                page.pop(key, None)
            writer.add_page(page)
        writer.metadata = None
        made = io.BytesIO()
        writer.write(made)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise _refused(path, "er en PDF som ikke kan åpnes", "Lagre den på nytt.") from exc
    clean = made.getvalue()
    if any(name.encode() in clean for name in _ACTIVE):
        raise _refused(path, "er en PDF med skript, vedlegg eller lenker til programmer", "Skriv den ut som PDF.")
    try:
        texts, mask = [text for _, text in texts_of("vedlegg.pdf", clean)], Mask(own_secrets())
    except Unseen as exc:
        raise _refused(path, str(exc), "Lagre den på nytt.") from exc
    if any(mask_ids(text) != text for text in texts):
        raise _refused(path, "har et fødselsnummer som ikke er syntetisk", "Ta det bort før du legger den ved.")
    if any(mask.text(text) != text for text in texts):
        raise _refused(path, "har en nøkkel, en engangskode eller en innloggingslenke", "Ta den bort først.")
    return clean


def _refused(path: Path, why: str, remedy: str) -> UsageProblem:
    return UsageProblem(f"Vedlegget {mask_ids(str(path))} {why}.", remedy)
