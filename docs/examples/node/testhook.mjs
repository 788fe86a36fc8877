// The test hook: lets the verification ask this system to act, and see what it has registered. It does what the buttons
// of the system do, and exists in the test environment alone. Its addresses are described in docs/testkrok.md.

import { same } from "./callbacks.mjs";
import {
  DistributionRule,
  FormOrderStatus,
  FormOrderStatusErrorCode,
  guidOf,
  nameOf,
  NotificationChannel,
  objectOf,
  SettingStatus,
  SettingType,
} from "./codes.mjs";

const CAPABILITIES = [
  "order-form",
  "send-message",
  "send-sms",
  "send-email",
  "get-privacy-setting",
  "set-privacy-setting",
  "list-privacy-settings",
  "cases",
  "orders",
  "signed-documents",
  "messages",
  "patients",
  "patient-initiated",
  "privacy-settings",
];

const UNKNOWN = { status: 404, answer: { error: "Ukjent" } };

/** What is asked of the hook cannot be read. */
class Unreadable extends Error {}

/** `numbers` writes the statuses of an order with ePROM's numbers, which a hook may do. */
export class TestHook {
  constructor({ system, register, token = "", numbers = false }) {
    this.system = system;
    this.register = register;
    this.token = token;
    this.numbers = numbers;
  }

  mayAsk(headers) {
    return !this.token || same(headers.authorization, `Bearer ${this.token}`);
  }

  /** The work that a POST asks for, to be done now or later; undefined when this system does not do that. */
  work(name, body) {
    const asked = objectOf(body);
    if (typeof asked?.caseId !== "string") throw new Unreadable("caseId mangler");
    return Object.hasOwn(this.actions, name) ? this.actions[name].call(this, asked.caseId, asked) : undefined;
  }

  // Each of these reads what was asked at once, and gives the work itself as a function.
  actions = {
    "order-form"(caseId, asked) {
      const rule = asked.distributionRule == null ? null : known(DistributionRule, asked.distributionRule);
      const order = { ...asked, distributionRule: rule };
      return () => this.system.orderForm(caseId, order);
    },
    "send-message"(caseId, asked) {
      const letter = {
        nationalId: asked.nationalId,
        pdf: Buffer.from(asked.pdf ?? "", "base64"),
        senderInfo: given(asked.senderInfo),
        messageInfo: given(asked.messageInfo),
        channels: asked.notificationPriorityList.map((each) => known(NotificationChannel, each)),
        paperColorPrint: asked.paperColorPrint,
      };
      return () => this.system.sendLetter(caseId, letter);
    },
    "send-sms"(caseId, { smsText: text, nationalId, phoneNumber }) {
      return () => this.system.sendSms(caseId, { text, nationalId, phoneNumber });
    },
    "send-email"(caseId, { emailTitle: title, emailText: text, nationalId, emailAddress }) {
      return () => this.system.sendEmail(caseId, { title, text, nationalId, emailAddress });
    },
    "get-privacy-setting"(caseId, asked) {
      const setting = settingOf(asked);
      return () => this.system.getSetting(caseId, setting);
    },
    "set-privacy-setting"(caseId, asked) {
      // The hook has its own word for ePROM's IkkeAktiv.
      const status = asked.status === "Inaktiv" ? "IkkeAktiv" : known(SettingStatus, asked.status);
      const setting = { ...settingOf(asked), status };
      return () => this.system.setSetting(caseId, setting);
    },
    "list-privacy-settings"(caseId, asked) {
      const pvkId = idIn(asked.pvkId);
      return () => this.system.listSettings(caseId, { pvkId });
    },
  };

  /** What is registered: the answer to a GET of these parts of the path. */
  shown([what, ...ids]) {
    const view = Object.hasOwn(this.views, what) ? this.views[what] : undefined;
    const answer = view?.length === ids.length ? view.apply(this, ids) : undefined;
    return answer ? { status: 200, answer } : UNKNOWN;
  }

  views = {
    capabilities() {
      return { capabilities: CAPABILITIES };
    },
    cases(caseId) {
      const found = this.register.cases.get(caseId);
      return found && { accepted: found.accepted };
    },
    orders(formOrderId) {
      const form = this.register.forms.get(guidOf(formOrderId));
      return (
        form && {
          statuses: form.statuses.map((each) => this.status(each)),
          nationalId: form.patient,
          signedDocumentSha256: form.document?.sha256 ?? null,
          patientInitiated: form.initiated,
        }
      );
    },
    messages(messageToCitizenId) {
      const letter = this.register.letters.get(guidOf(messageToCitizenId));
      return (
        letter && {
          statuses: letter.statuses.map(({ status, channel }) => ({ status, notificationChannel: channel })),
        }
      );
    },
    patients(nationalId) {
      return { count: this.register.patients.filter((each) => each.nationalId === nationalId).length };
    },
    "privacy-settings"(nationalId, pvkId) {
      const setting = this.register.settings.get(`${nationalId} ${guidOf(pvkId)}`);
      return setting?.history.length ? { settings: setting.history } : undefined;
    },
  };

  status({ status, channel, errorCode, answers }) {
    const written = (names, name) => (this.numbers ? names.indexOf(name) : name);
    return {
      status: written(FormOrderStatus, status),
      notificationChannel: written(NotificationChannel, channel),
      errorCode: written(FormOrderStatusErrorCode, errorCode),
      answers,
    };
  }
}

function settingOf({ nationalId, pvkId, type }) {
  return { nationalId, pvkId: idIn(pvkId), type: known(SettingType, type) };
}

function known(names, value) {
  const name = nameOf(names, value);
  if (name === undefined) throw new Unreadable(`${value} er ikke en av ${names.join(", ")}`);
  return name;
}

function idIn(value) {
  const id = guidOf(value);
  if (id === undefined) throw new Unreadable(`${value} er ikke en GUID`);
  return id;
}

/** A member that is not in use is null in the hook, and left out of what ePROM gets. */
function given(members) {
  return Object.fromEntries(Object.entries(members ?? {}).filter(([, value]) => value !== null));
}
