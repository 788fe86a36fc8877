// Calls ePROM. Every method gives what ePROM answered; what is made of it is decided in eksempelregisteret.mjs.

import { DistributionRule, membersOf, NotificationChannel, objectOf, SettingStatus, SettingType } from "./codes.mjs";

const TIMEOUT_MS = 100_000;

/** ePROM gave no answer at all, so nobody knows whether the call reached it. */
export class EpromUnreachable extends Error {}

/**
 * `style` says how enumerations are written ("names" or "numbers"), `memberCase` how names of members are ("camel" or
 * "pascal"), and `optional` "all" sends what could be left out too, with its default. ePROM takes all of these.
 */
export class Eprom {
  constructor({ baseUrl, apiKey, style = "names", memberCase = "camel", optional = "" }) {
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.apiKey = apiKey;
    this.style = style;
    this.memberCase = memberCase;
    this.optional = optional;
  }

  /** Order a form. Source: BestillingAvSkjemaV2, Parametere - Inn. */
  order(order) {
    return this.post("order", "/api/v2/formorder", this.orderBody(order));
  }

  /** Send a letter. Source: SendeMeldingTilInnbyggerV2, Sende melding klient-side. */
  letter(letter) {
    return this.post("letter", "/api/v2/MessageToCitizen", this.letterBody(letter));
  }

  /** Send an SMS; nothing sensitive. Source: SendeMeldingSomSmsEpost. */
  sms(sms) {
    return this.post("sms", "/api/unsecuremessagesms", this.smsBody(sms));
  }

  /** Send an e-mail; nothing sensitive. Source: SendeMeldingSomSmsEpost. */
  email(email) {
    return this.post("email", "/api/unsecuremessageemail", this.emailBody(email));
  }

  /** Read a privacy setting. Source: Personverninnstillinger, Sjekk personverninnstilling. */
  getSetting(setting) {
    return this.post("getSetting", "/api/v2/getpersonverninnstilling", this.settingBody(setting));
  }

  /** Change a privacy setting. Source: Personverninnstillinger, Oppdater personverninnstilling. */
  setSetting(setting) {
    return this.post("setSetting", "/api/v2/setpersonverninnstilling", this.settingBody(setting));
  }

  /** One page of those who have a setting active. Source: Personverninnstillinger, Hent en liste over innbyggere. */
  listActive(pvkId, pagingReference) {
    const path = "/api/v2/get-residents-active-pi-for-definition";
    return this.post("listActive", path, this.listBody(pvkId, pagingReference));
  }

  /** Fetch a signed document. Source: SkjemaSomKreverSignatur, Nedlasting av det signerte dokumentet. */
  async document(signedFormId) {
    const response = await this.fetch(this.documentUrl(signedFormId), { headers: this.headers("document") });
    return { status: response.status, content: Buffer.from(await response.arrayBuffer()) };
  }

  orderBody(order) {
    return {
      formId: order.formId,
      nationalId: order.nationalId,
      expiryDate: new Date(order.expiryDate).toISOString(),
      ...this.optionals(
        {
          // A text that holds JSON, not an object.
          metadata: order.metadata && JSON.stringify(order.metadata),
          dontStoreCompletedFormInPha: order.dontStoreCompletedFormInPha,
          distributionRule: order.distributionRule && this.coded(DistributionRule, order.distributionRule),
          mustBeSigned: order.mustBeSigned,
          signingText: order.signingText,
          physicalAddress: order.physicalAddress,
          onBehalfOfNationalId: order.onBehalfOfNationalId,
        },
        {
          reminderDate: null,
          metadata: null,
          dontStoreCompletedFormInPha: false,
          distributionRule: this.coded(DistributionRule, "Basic"),
          mustBeSigned: false,
          signingText: null,
          physicalAddress: null,
          testMode: false,
          onBehalfOfNationalId: null,
        },
      ),
    };
  }

  letterBody(letter) {
    return {
      nationalId: letter.nationalId,
      senderInfo: letter.senderInfo,
      messageInfo: letter.messageInfo,
      // What a documentCollection holds is not documented, but that a main document must be there: ask Hemit.
      documentCollection: {
        mainDocument: {
          fileName: "brev.pdf",
          contentType: "application/pdf",
          content: letter.pdf.toString("base64"),
        },
      },
      // The order counts: the channels are tried from the first to the last.
      notificationPriorityList: letter.channels.map((channel) => this.coded(NotificationChannel, channel)),
      ...this.optionals({ paperColorPrint: letter.paperColorPrint }, { testMode: false, paperColorPrint: false }),
    };
  }

  // In these two calls, and nowhere else, the key is a member of the body and not a header.
  smsBody(sms) {
    return {
      apiKey: this.apiKey,
      smsText: sms.text,
      ...this.optionals(
        { nationalId: sms.nationalId, phoneNumber: sms.phoneNumber },
        { nationalId: null, phoneNumber: "" },
      ),
    };
  }

  emailBody(email) {
    return {
      apiKey: this.apiKey,
      emailTitle: email.title,
      emailText: email.text,
      ...this.optionals(
        { nationalId: email.nationalId, emailAddress: email.emailAddress },
        { nationalId: null, emailAddress: "" },
      ),
    };
  }

  settingBody({ nationalId, pvkId, type, status }) {
    const asked = { nationalId, pvkId, type: this.coded(SettingType, type) };
    return status === undefined ? asked : { ...asked, status: this.coded(SettingStatus, status) };
  }

  listBody(pvkId, pagingReference) {
    return { pvkId, pagingReference };
  }

  documentUrl(signedFormId) {
    return `${this.baseUrl}/api/ExternalDocument/${signedFormId}`;
  }

  /** The key stands bare after "Basic": it is not a user and a password in base64. Source: BestillingAvSkjemaV2, NB! */
  headers(operation) {
    const headers = { "Content-Type": "application/json;charset=utf-8" };
    if (operation === "document") return { Authorization: `Basic ${this.apiKey}` };
    if (operation === "sms" || operation === "email") return headers;
    return { ...headers, Authorization: `Basic ${this.apiKey}` };
  }

  coded(names, name) {
    return this.style === "numbers" ? names.indexOf(name) : name;
  }

  /** Those of the members that were given, and with "all" the defaults of the others. */
  optionals(given, defaults) {
    const members = this.optional === "all" ? { ...defaults } : {};
    for (const [name, value] of Object.entries(given)) {
      // 0 is the number of a code, and stays.
      if (value || value === 0) members[name] = value;
    }
    return members;
  }

  /** One call, sent once. `members` are those of the answer by their names in lower case, `json` as they came. */
  async post(operation, path, body) {
    const response = await this.fetch(`${this.baseUrl}${path}`, {
      method: "POST",
      headers: this.headers(operation),
      body: JSON.stringify(this.memberCase === "pascal" ? pascal(body) : body),
    });
    const json = objectOf(await response.text()) ?? {};
    return { ok: response.ok, status: response.status, json, members: membersOf(json) };
  }

  async fetch(url, options) {
    try {
      // A redirected POST would be sent a second time, and the key to somebody else: better not to follow.
      return await fetch(url, { ...options, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      throw new EpromUnreachable(`ePROM svarte ikke: ${error.cause?.code ?? error.name}`, { cause: error });
    }
  }
}

function pascal(value) {
  if (Array.isArray(value)) return value.map(pascal);
  if (typeof value !== "object" || value === null) return value;
  const capital = (name) => name.charAt(0).toUpperCase() + name.slice(1);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [capital(name), pascal(member)]));
}
