"""Synthetic persons, and the guard that keeps everybody else's national id inside."""

from eprom_verify.persons.guard import NationalIdGuard, refuse_production
from eprom_verify.persons.national_id import NationalId, NationalIdKind, Series, Sex, classify, find_ids, mask_ids
from eprom_verify.persons.persona import (
    Address,
    Contact,
    ContactPoint,
    ContactStatus,
    Helsenorge,
    Mailbox,
    MailboxProvider,
    Persona,
)
from eprom_verify.persons.population import Population, Texts, texts

__all__ = [
    "Address",
    "Contact",
    "ContactPoint",
    "ContactStatus",
    "Helsenorge",
    "Mailbox",
    "MailboxProvider",
    "NationalId",
    "NationalIdGuard",
    "NationalIdKind",
    "Persona",
    "Population",
    "Series",
    "Sex",
    "Texts",
    "classify",
    "find_ids",
    "mask_ids",
    "refuse_production",
    "texts",
]
