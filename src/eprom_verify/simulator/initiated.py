"""Forms that patients order themselves, by the public address of the form.

Source: PasientinitiertBestillingAvSkjema; Overordnetskisse pasientinitiert and its drawings; Skjemabygger,
Innstillinger på skjema; Personer, personinitiert.
"""

from __future__ import annotations

from uuid import uuid4

from eprom_verify.contract.enumerations import DistributionRule, FormOrderStatus, NotificationChannel
from eprom_verify.persons import Persona
from eprom_verify.simulator.form_orders import FormOrders
from eprom_verify.simulator.forms import Form, FormStatus
from eprom_verify.simulator.initiated_behaviour import InitiatedBehaviour
from eprom_verify.simulator.office import Office
from eprom_verify.simulator.ordering import MEMBERS
from eprom_verify.simulator.orders import Bestillersystem, Order
from eprom_verify.simulator.wire import Refused


class PatientInitiated:
    """Lets a patient who has logged in begin a form that nobody ordered for them."""

    def __init__(self, office: Office, forms: FormOrders) -> None:
        self._office = office
        self._forms = forms

    def begin(self, form_id: str, national_id: str) -> Order:
        """The order that comes of it, held among the orders of forms, where it is answered like any other.

        No status is sent for it: that is not documented, and there is nobody to notify. `national_id` is whoever
        logged in at level 4.

        Raises:
            Refused: there is no such form, or this one is not for patients to order, or nobody has that number. The
                texts are not documented.
        """
        behaviour = self._office.behaviour(national_id).initiated
        form = self._form(form_id, behaviour)
        patient = self._patient(national_id, behaviour)
        order_id = str(uuid4())
        order = Order(
            id=order_id,
            system=self._owner(form, behaviour),
            rule=DistributionRule.NoDistribution,
            asked=_asked(form, national_id),
            ordered_at=self._office.clock(),
            preferred=NotificationChannel.NoChannel,
            single_use_code=None,
            login_url=f"{self._forms.login_base}/proms/formIdp/{order_id}",
            status=FormOrderStatus.Ordered,
            channel=NotificationChannel.NoChannel,
            recipient=patient,
            patient_initiated=True,
        )
        self._forms.orders[order.id] = order
        return order

    def form(self, form_id: str) -> Form:
        """The form that has this public address.

        Raises:
            Refused: there is none, or patients may not order it.
        """
        return self._form(form_id, self._office.behaviour().initiated)

    def _form(self, form_id: str, behaviour: InitiatedBehaviour) -> Form:
        form = self._office.settings.forms.get(form_id.casefold())
        if form is None:
            raise Refused("There is no such form", 404)
        if form.status is not FormStatus.PUBLISERT and "not-published" not in behaviour.lenient:
            raise Refused("The form is not published", 403)
        if not form.patient_may_order and "not-orderable" not in behaviour.lenient:
            raise Refused("The form cannot be ordered by patients", 403)
        return form

    def _patient(self, national_id: str, behaviour: InitiatedBehaviour) -> Persona:
        person = self._office.population.by_national_id(national_id)
        if person is None or not person.in_registry or person.deceased:
            raise Refused("Nobody with this national id can log in", 403)
        if behaviour.needs_channel and not _has_a_channel(person):
            raise Refused("The patient cannot be reached", 403)
        return person

    def _owner(self, form: Form, behaviour: InitiatedBehaviour) -> Bestillersystem:
        """The registered bestillersystem that owns the form; a form without an owner is the first one's."""
        systems = list(self._office.systems.values())
        name = behaviour.owner(form.owner)
        found = systems[:1] if not name else [each for each in systems if each.name == name]
        if not found:
            raise Refused("The bestillersystem that owns the form is not registered", 403)
        return found[0]


def _has_a_channel(person: Persona) -> bool:
    contact = person.contact.email or person.contact.mobile
    return person.helsenorge.consent_full or bool(person.mailbox or contact or person.address)


def _asked(form: Form, national_id: str) -> dict[str, object]:
    """The order as ePROM makes it for the patient, with the members that any other order has."""
    return dict.fromkeys(MEMBERS) | {
        "formId": form.id,
        "nationalId": national_id,
        "dontStoreCompletedFormInPha": False,
        "mustBeSigned": form.patient_must_sign,
        "testMode": False,
    }
