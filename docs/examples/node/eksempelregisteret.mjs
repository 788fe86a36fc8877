// What Eksempelregisteret does when somebody presses a button: calls ePROM, and keeps what came of it.

import {
  guidOf,
  idOf,
  InstanceChanged,
  membersOf,
  nameOf,
  NotificationChannel,
  SettingStatus,
  SettingType,
} from "./codes.mjs";

const MOST_PAGES = 10_000;

/**
 * An order, a letter or a message is sent once, and never again by itself: when ePROM did not answer, it may have come
 * there all the same, and the patient would be notified twice. "No duplicate messages" is a goal of the verification
 * [IntegrasjonVerifikasjon]; the status that ePROM sends tells what became of it.
 */
export class Eksempelregisteret {
  constructor({ eprom, register }) {
    this.eprom = eprom;
    this.register = register;
  }

  /** Order a form for a patient. */
  async orderForm(caseId, order) {
    if (!this.register.begin(caseId, "order")) return;
    const formOrderId = this.idOfOrder(await this.eprom.order(order));
    if (formOrderId) this.register.ordered(formOrderId, this.patientOf(order));
    this.register.settle(caseId, Boolean(formOrderId));
  }

  /** Send a letter to a citizen. */
  async sendLetter(caseId, letter) {
    if (!this.register.begin(caseId, "letter")) return;
    const messageToCitizenId = this.idOfLetter(await this.eprom.letter(letter));
    if (messageToCitizenId) this.register.letterOf(messageToCitizenId).ours = true;
    this.register.settle(caseId, Boolean(messageToCitizenId));
  }

  /** Send an SMS, which must not be sensitive. */
  async sendSms(caseId, sms) {
    if (!this.register.begin(caseId, "sms")) return;
    this.register.settle(caseId, this.wasSent(await this.eprom.sms(sms)));
  }

  /** Send an e-mail, which must not be sensitive. */
  async sendEmail(caseId, email) {
    if (!this.register.begin(caseId, "email")) return;
    this.register.settle(caseId, this.wasSent(await this.eprom.email(email)));
  }

  /** Read a citizen's privacy setting. An error is not a no: it leaves what is known as it was. */
  async getSetting(caseId, asked) {
    const { heard } = this.register;
    const setting = this.settingIn(await this.eprom.getSetting(asked), asked);
    if (setting) this.register.answeredSetting(setting, heard);
    this.register.settle(caseId, Boolean(setting));
  }

  /** Change a citizen's privacy setting. Changed or not, ePROM now has the status that was asked for. */
  async setSetting(caseId, setting) {
    const { heard } = this.register;
    const changed = this.changeIn(await this.eprom.setSetting(setting));
    if (changed) this.register.answeredSetting(setting, heard);
    this.register.settle(caseId, Boolean(changed));
  }

  /** Keep everybody who has a privacy setting active; nobody when the list did not come to its end. */
  async listSettings(caseId, { pvkId }) {
    const { heard } = this.register;
    const listed = await this.readPages(pvkId);
    if (listed) this.keepListed(listed, heard);
    this.register.settle(caseId, Boolean(listed));
  }

  /** Whoever receives the form, it belongs to the one it is about [BestillingAvSkjemaV2, Parametere - Inn]. */
  patientOf({ nationalId, onBehalfOfNationalId }) {
    return onBehalfOfNationalId || nationalId;
  }

  /** The id of the order that was made. With the zero GUID none was [BestillingAvSkjemaV2, Feilsituasjoner]. */
  idOfOrder({ ok, members }) {
    return ok ? idOf(members.id) : undefined;
  }

  /** The id of the letter that was taken. Without a channel none was [SendeMeldingTilInnbyggerV2, Feilsituasjoner]. */
  idOfLetter({ ok, members }) {
    const channel = nameOf(NotificationChannel, members.notificationchannel);
    return ok && channel && channel !== "None" ? idOf(members.messagetocitizenid) : undefined;
  }

  /** The page calls the member `success`, and its own sample code reads `Success` [SendeMeldingSomSmsEpost]. */
  wasSent({ status, members }) {
    return status === 200 && members.success === true;
  }

  /** The setting that an answer tells of, undefined when it is an error, or about something else than was asked. */
  settingIn({ status, members }, { nationalId, pvkId }) {
    if (status !== 200 || members.nationalid !== nationalId || guidOf(members.id) !== pvkId) return undefined;
    const setting = { type: this.typeOf(members.type), status: this.statusOf(members.status) };
    if (!setting.type || !setting.status) return undefined;
    return { nationalId, pvkId, ...setting, sequenceNumber: numberIn(members.sequencenumber) };
  }

  changeIn({ status, members }) {
    return status === 200 ? nameOf(InstanceChanged, members.instansendret) : undefined;
  }

  /** The list from first page to last; undefined when a page cannot be read, or leads back to an earlier one. */
  async readPages(pvkId) {
    const listed = [];
    const had = new Set();
    for (let reference = 0; this.mayAsk(reference, had); ) {
      had.add(reference);
      const page = this.pageIn(await this.eprom.listActive(pvkId, reference), pvkId);
      if (!page) return undefined;
      listed.push(...page.settings);
      if (this.isLast(page)) return listed;
      reference = page.next;
    }
    return undefined;
  }

  mayAsk(reference, had) {
    return !had.has(reference) && had.size < MOST_PAGES;
  }

  isLast({ next }) {
    return next === 0;
  }

  pageIn({ status, members }, pvkId) {
    const next = numberIn(members.pagingreference);
    const type = this.typeOf(members.type);
    const citizens = members.personverninnstillinger;
    if (status !== 200 || next === undefined || !type || guidOf(members.id) !== pvkId) return undefined;
    if (!Array.isArray(citizens)) return undefined;
    const settings = citizens.map(membersOf).map(({ nationalid, sequencenumber }) => {
      return { nationalId: nationalid, pvkId, type, status: "Aktiv", sequenceNumber: numberIn(sequencenumber) };
    });
    return settings.every((each) => typeof each.nationalId === "string") ? { settings, next } : undefined;
  }

  /** Pages can shift while they are read: whoever stands on two of them is the same citizen. */
  keepListed(listed, heard) {
    for (const setting of listed) this.register.answeredSetting(setting, heard);
  }

  typeOf(value) {
    return nameOf(SettingType, value);
  }

  statusOf(value) {
    return nameOf(SettingStatus, value);
  }
}

function numberIn(value) {
  return Number.isInteger(value) ? value : undefined;
}
