// What ePROM calls: the status of an order, the form that comes back, the status of a letter, and what citizens change
// of their privacy settings. All of them are PUT under the ApiBaseUrl that Hemit has registered.

import { createHash, timingSafeEqual } from "node:crypto";
import {
  exactObjectOf,
  FormOrderStatus,
  FormOrderStatusErrorCode,
  guidOf,
  idOf,
  membersOf,
  nameOf,
  NotificationChannel,
  objectOf,
  SentStatus,
  VolvenCode,
} from "./codes.mjs";

/** The kind of message by its path in lower case: ePROM's own pages write the paths in several ways. */
export const KINDS = {
  "/api/promsformorder": "formOrder",
  "/api/messagetocitizen": "letter",
  "/api/personverninnstilling": "setting",
};

/** Reads the messages, and says how each is to be answered; unknown members are passed over. */
export class Callbacks {
  constructor({ apiKey }) {
    this.apiKey = apiKey;
  }

  /**
   * What a message says, and the answer to it: `message` is undefined when it is refused.
   *
   * What is refused comes again [ReleaseNotev12.1], so nothing is refused but what cannot be understood at all.
   */
  receive(kind, headers, body) {
    const members = membersOf(objectOf(body));
    if (!this.hasKey(kind, headers, members)) return refused(401);
    const message = this.understood(kind, members);
    return message ? { ...this.reply(kind, message), message } : refused(400);
  }

  /** The key is in the body, but for privacy settings, where a header has it [Personverninnstillinger]. */
  hasKey(kind, headers, members) {
    if (kind !== "setting") return same(members.apikey, this.apiKey);
    // Which header is not documented. Authorization has it in the calls to ePROM, after the word Basic.
    return [headers.authorization, headers.apikey].some(
      (given) => same(given, this.apiKey) || same(given?.replace(/^\S+\s+/, ""), this.apiKey),
    );
  }

  understood(kind, members) {
    if (kind === "formOrder") return this.formOrder(members);
    return kind === "letter" ? this.letter(members) : this.setting(members);
  }

  /** "success" true says that the message has been taken, and keeps ePROM from sending it again. */
  reply() {
    return { status: 200, answer: { success: true } };
  }

  /** Source: BestillingAvSkjemaV2, Mottak av status for bestillingen; ReturAvUtfyltSkjema, Mottak. */
  formOrder(members) {
    const message = {
      formOrderId: guidOf(members.formorderid),
      status: nameOf(FormOrderStatus, members.formorderstatus),
      // The two statuses that have to do with a channel or an error say so; a form that comes back need not.
      channel: nameOf(NotificationChannel, members.notificationchannel ?? "None"),
      errorCode: nameOf(FormOrderStatusErrorCode, members.formorderstatuserrorcode ?? "None"),
      answers: null,
    };
    if (Object.values(message).includes(undefined)) return undefined;
    return message.status === "Completed" ? this.completed(message, members) : message;
  }

  completed(message, members) {
    // A text that holds a JSON object: the answers by the names of the fields.
    const answers = exactObjectOf(members.formdata);
    const initiated = members.ispatientinitiated === true ? this.initiated(members.patientinitiatedvalues) : null;
    // A form that tells neither whose it is nor what was answered is refused whole, rather than half registered.
    if (!answers || initiated === undefined) return undefined;
    return {
      ...message,
      answers,
      // What ePROM has to say about some of the answers. They are as good as the others, and are kept with it.
      warnings: Array.isArray(members.formdatawarnings) ? members.formdatawarnings : [],
      initiated,
      signedFormId: idOf(members.signedformid),
      filledOutBy: membersOf(members.filledoutby).filledoutbyactnationalid,
    };
  }

  /** Source: PasientinitiertBestillingAvSkjema. */
  initiated(values) {
    const { nationalid: nationalId, formid, ordertimestamputc } = membersOf(values);
    if (typeof nationalId !== "string" || !nationalId) return undefined;
    return { nationalId, formId: guidOf(formid) ?? null, orderedAt: momentOf(ordertimestamputc) };
  }

  /** Source: SendeMeldingTilInnbyggerV2, Mottak av status for forsendelse. */
  letter(members) {
    const message = {
      messageToCitizenId: guidOf(members.messagetocitizenid),
      status: nameOf(SentStatus, members.sentstatus),
      channel: nameOf(NotificationChannel, members.notificationchannel),
    };
    return Object.values(message).includes(undefined) ? undefined : message;
  }

  /** Source: Personverninnstillinger, Mottak av status for personverninnstilling. */
  setting({ nationalid: nationalId, id, status }) {
    const code = String(status).toUpperCase();
    const pvkId = guidOf(id);
    const readable = /^[0-9]{11}$/.test(nationalId) && pvkId && Object.hasOwn(VolvenCode, code);
    return readable ? { nationalId, pvkId, ...VolvenCode[code] } : undefined;
  }
}

/** The answer to a message that is not taken. */
export function refused(status) {
  return { status, answer: { success: false } };
}

/** Whether two secrets are the same, told in a time that says nothing of where they differ. */
export function same(given, wanted) {
  const digest = (text) => createHash("sha256").update(text).digest();
  return typeof given === "string" && timingSafeEqual(digest(given), digest(wanted));
}

/** A moment in UTC, or null where there is none to read: a local time without its offset is no moment. */
function momentOf(value) {
  const moment = typeof value === "string" && /(Z|[+-]\d\d:\d\d)$/.test(value) ? new Date(value) : null;
  return moment && !Number.isNaN(moment.getTime()) ? moment.toISOString() : null;
}
