// What Eksempelregisteret keeps. Here it is in memory; a real register keeps it in its database, in one transaction for
// each message, and answers ePROM when that has been committed.

import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";

/**
 * Forms, letters, patients and privacy settings, and what came of each case.
 *
 * ePROM sends a message again until it is accepted, so the same one may come twice, and two at once [ReleaseNotev12.1].
 * A status may also come before the answer to the order that it is about, and a form before its status. So what comes
 * is kept by ePROM's own id, whether that is known here or not, and each status once.
 *
 * Emits "signed" (signedFormId, formOrderId) when a form has come that has a signed document to fetch.
 */
export class Register extends EventEmitter {
  cases = new Map();
  forms = new Map();
  letters = new Map();
  patients = [];
  settings = new Map();
  /** How many messages about privacy settings have come. */
  heard = 0;

  /** Note that this is about to be sent for a case; false when it has been already, so that it is not sent twice. */
  begin(caseId, what) {
    if (this.cases.get(caseId)?.what === what) return false;
    this.cases.set(caseId, { what, accepted: false });
    return true;
  }

  /** Note whether ePROM took what the case asked for. */
  settle(caseId, accepted) {
    this.cases.set(caseId, { ...this.cases.get(caseId), accepted });
  }

  /** Note that an order was made. What came for it before this belongs to it now. */
  ordered(formOrderId, nationalId) {
    const form = this.form(formOrderId);
    form.ours = true;
    form.patient = nationalId;
    this.addPatient(nationalId);
  }

  /** Keep a status of an order, or a form that has come back. */
  formOrder(message) {
    const form = this.form(message.formOrderId);
    // What this system has ordered is never the patient's own, and an unknown order is so only when it says it is:
    // it may be one of ours, whose answer is still under way.
    if (message.initiated && !form.ours) this.startedByPatient(form, message.initiated);
    if (!this.isRepeated(form, message)) {
      const { status, channel, errorCode, answers, warnings } = message;
      form.statuses.push({ status, channel, errorCode, answers, warnings });
    }
    if (message.signedFormId) this.emit("signed", message.signedFormId, message.formOrderId);
  }

  /** Source: PasientinitiertBestillingAvSkjema; Overordnetskisse pasientinitiert. */
  startedByPatient(form, initiated) {
    this.addPatient(initiated.nationalId);
    form.patient = initiated.nationalId;
    form.initiated = initiated;
  }

  /** Keep a status of a letter. */
  letter({ messageToCitizenId, status, channel }) {
    const letter = this.letterOf(messageToCitizenId);
    if (!this.isRepeated(letter, { status })) letter.statuses.push({ status, channel });
  }

  isRepeated({ statuses }, { status }) {
    return statuses.some((each) => each.status === status);
  }

  addPatient(nationalId) {
    if (!this.hasPatient(nationalId)) this.patients.push({ nationalId });
  }

  hasPatient(nationalId) {
    return this.patients.some((each) => each.nationalId === nationalId);
  }

  keepDocument(formOrderId, content) {
    this.form(formOrderId).document = { content, sha256: createHash("sha256").update(content).digest("hex") };
  }

  /** Keep what a citizen has chosen on Helsenorge. The message has no time, so the one that comes last holds. */
  setting(message) {
    const setting = this.settingOf(message);
    this.heard += 1;
    setting.heard = this.heard;
    this.keepSetting(setting, message);
  }

  /** Keep what ePROM answered to a question that was asked when `heard` messages had come. */
  answeredSetting(answer, heard) {
    const setting = this.settingOf(answer);
    // A message that came after the question was asked may be newer than the answer.
    if (setting.heard > heard || this.isOlder(answer, setting)) return;
    setting.sequenceNumber = answer.sequenceNumber ?? setting.sequenceNumber;
    this.keepSetting(setting, answer);
  }

  /** Each change of a setting gives it a higher sequenceNumber (since v13.4). */
  isOlder(answer, known) {
    return answer.sequenceNumber !== undefined && answer.sequenceNumber < known.sequenceNumber;
  }

  keepSetting({ history }, { type, status }) {
    const newest = history.at(-1);
    if (newest?.type !== type || newest?.status !== status) history.push({ type, status });
  }

  /** The form of an order, which is not known yet when its status overtakes the answer to the order. */
  form(formOrderId) {
    return gotten(this.forms, formOrderId, () => ({ ours: false, patient: null, initiated: null, statuses: [] }));
  }

  letterOf(messageToCitizenId) {
    return gotten(this.letters, messageToCitizenId, () => ({ ours: false, statuses: [] }));
  }

  settingOf({ nationalId, pvkId }) {
    return gotten(this.settings, `${nationalId} ${pvkId}`, () => ({ heard: 0, history: [] }));
  }
}

function gotten(map, key, made) {
  if (!map.has(key)) map.set(key, made());
  return map.get(key);
}
