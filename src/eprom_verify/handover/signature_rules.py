"""What may come after a document that had no signature: rules for pyHanko, which has them for signed documents alone.

It loads pyHanko, so it is imported when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyhanko.pdf_utils.generic import DictionaryObject, IndirectObject
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    CatalogModificationRule,
    DiffPolicy,
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    FormUpdatingRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
)
from pyhanko.sign.diff_analysis.constants import ROOT_EXEMPT_STRICT_COMPARISON

_FORM_KEYS = {"/Fields", "/SigFlags"}


class SignatureForm(FormUpdatingRule):
    """Allows a form to be made, and filled in, with signatures alone."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        if "/AcroForm" in old.root:
            yield from super().apply(old, new)
        elif "/AcroForm" in new.root:
            yield from self._made(old, new)

    def _made(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[tuple[ModificationLevel, FormUpdate]]:
        form = new.root["/AcroForm"]
        if not set(form) <= _FORM_KEYS:
            raise SuspiciousModification(f"The form has {sorted(set(form) - _FORM_KEYS)}.")
        for holder, key in ((new.root, "/AcroForm"), (form, "/Fields")):
            if isinstance(made := holder.raw_get(key), IndirectObject):
                yield ModificationLevel.LTA_UPDATES, FormUpdate(made.reference)
        context = FieldComparisonContext(field_specs=dict(map(_new_field, form["/Fields"])), old=old, new=new)
        for rule in self.field_rules:
            yield from rule.apply(context)


def _new_field(reference: IndirectObject) -> tuple[str, FieldComparisonSpec]:
    field = reference.get_object()
    if not isinstance(field, DictionaryObject) or field.get("/FT") != "/Sig" or "/Kids" in field:
        raise SuspiciousModification("There is a field that is not for a signature.")
    made = FieldComparisonSpec("/Sig", old_field_ref=None, new_field_ref=reference.reference, old_canonical_path=None)
    return str(field["/T"]), made


def signatures_alone() -> DiffPolicy:
    """pyHanko's own rules, but a first signature may certify, and only signatures may fill in a field."""
    assert isinstance(DEFAULT_DIFF_POLICY, StandardDiffPolicy)
    others = [each for each in DEFAULT_DIFF_POLICY.global_rules if not isinstance(each, CatalogModificationRule)]
    return StandardDiffPolicy(
        global_rules=[CatalogModificationRule(ROOT_EXEMPT_STRICT_COMPARISON | {"/Perms"}), *others],
        form_rule=SignatureForm(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
    )
