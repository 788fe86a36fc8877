"""Lets pytest find the plugin and the sentences of the features, in a checkout and in an installed wheel."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = [
    "eprom_verify.plugin",
    "steps.bestilling",
    "steps.brev",
    "steps.miljo",
    "steps.mottak",
    "steps.paa_vegne_av",
    "steps.pasientinitiert",
    "steps.personvern",
    "steps.retur",
    "steps.signatur",
    "steps.sms_epost",
    "steps.svikt",
    "steps.utfylling",
    "steps.hele_kjoringen",
]
