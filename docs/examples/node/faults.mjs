// Eksempelregisteret with one thing wrong, to see that the verification finds it. No part of the example: leave it out.
//
// Each fault has the name and the meaning that features/faults.toml gives it. It is a function that is given the parts
// of a system that is right, and exchanges one method of one of them.

import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { FormOrderStatus, InstanceChanged, membersOf, nameOf, SettingType, ZERO_GUID } from "./codes.mjs";
import {
  answers,
  anyKeyTaken,
  bearer,
  body,
  exchange,
  firstOfTwoHours,
  forgotten,
  hasUnknown,
  headers,
  is,
  isName,
  isNumber,
  isReturn,
  judged,
  kept,
  letter,
  letterTrusted,
  mangled,
  messages,
  numbered,
  order,
  orderTrusted,
  raced,
  read,
  refusing,
  reply,
  resent,
  silenceTrusted,
  texts,
  twice,
  userAndPassword,
  withKey,
  without,
} from "./faulttools.mjs";

/** Make one named thing wrong in a system. */
export function breakOneThing(name, parts) {
  const fault = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  if (!fault) {
    console.error(`FAULT er «${name}», men må være en av ${Object.keys(FAULTS).join(", ")}.`);
    process.exit(2);
  }
  fault(parts);
}

const OTHER_PATIENT = "26670271527";
const toOther = (members) => (members.nationalId ? { ...members, nationalId: OTHER_PATIENT } : members);

const FORM_ORDER_MEMBERS = [
  "apikey",
  "formorderid",
  "notificationchannel",
  "timestamp",
  "timestamputc",
  "formorderstatus",
  "formorderstatuserrorcode",
  "formdata",
  "signedformid",
  "scannedpaperid",
  "formdatawarnings",
  "ispatientinitiated",
  "patientinitiatedvalues",
  "formordereventlog",
  "filledoutby",
];

const ordering = {
  "key-in-body": order(withKey),
  "key-base64": headers(["order"], userAndPassword),
  "key-bearer": headers(["order"], bearer),
  "key-in-other-header": headers(["order"], (key) => ({ "X-Api-Key": key })),
  "metadata-as-object": order((members) => ({ ...members, metadata: JSON.parse(members.metadata ?? "null") })),
  "metadata-escaped-twice": order((members) => ({ ...members, metadata: JSON.stringify(members.metadata) })),
  "metadata-mangled": order((members) => ({ ...members, metadata: members.metadata && mangled(members.metadata) })),
  "rule-paper-forgotten": order((members, eprom) => {
    const written = (name) => (eprom.style === "numbers" ? { Basic: 0, BasicOrPaper: 3 }[name] : name);
    const taken = members.distributionRule === written("BasicOrPaper") ? written("Basic") : members.distributionRule;
    return { ...members, distributionRule: taken };
  }),
  "form-id-not-a-guid": order((members) => ({ ...members, formId: "RAND-12" })),
  "expiry-other-day": order((members) => ({ ...members, expiryDate: "2099-12-31T00:00:00" })),
  "expiry-missing": order(without("expiryDate")),
  "expiry-second-hour-lost": order(firstOfTwoHours),
  "signing-forgotten": order((members) => ({ ...members, mustBeSigned: false })),
  "test-mode-left-on": order((members) => ({ ...members, testMode: true })),
  "copy-withheld": order((members) => ({ ...members, dontStoreCompletedFormInPha: true })),
  "other-form": order((members) => ({ ...members, formId: "5f0c7c1e-8a34-4d0b-9f5e-0d6a3c1b2e10" })),
  "other-patient": order((members) => ({ ...members, nationalId: OTHER_PATIENT })),
  "order-sent-twice": twice("order"),
  "failed-order-resent": resent("order"),
  "order-forgotten": judged("idOfOrder", () => undefined),
  "zero-guid-trusted": judged("idOfOrder", (right, answer) =>
    answer.ok && answer.members.id === ZERO_GUID ? ZERO_GUID : right(answer),
  ),
  "refusal-trusted": orderTrusted(400),
  "failure-trusted": orderTrusted(401, 500, 502, 504),
  "silence-trusted": silenceTrusted(() => ({ id: randomUUID() }), "order"),
};

const statuses = {
  "status-registered-twice": ({ register }) => exchange(register, "isRepeated", () => false),
  "status-needs-order-first": refusing("formOrder", (members, { forms }) => !forms.get(members.formorderid)?.ours),
  "status-not-registered": forgotten("formOrder"),
  "status-of-older-order-lost": ({ register }) => {
    let newest;
    exchange(register, "ordered", (right, formOrderId, patient) => {
      newest = formOrderId;
      right(formOrderId, patient);
    });
    const isOlder = ({ formOrderId }, { forms }) => forms.get(formOrderId)?.ours && formOrderId !== newest;
    forgotten("formOrder", isOlder)({ register });
  },
  "unreachable-not-registered": forgotten("formOrder", is("Error")),
  "unreachable-as-ordered": kept((message) => (is("Error")(message) ? { ...message, status: "Ordered" } : message)),
  "answers-false": reply("formOrder", { status: 200, answer: { success: false } }),
  "answers-text": reply("formOrder", { status: 200, answer: { success: "true" } }),
  "answers-nothing": reply("formOrder", { status: 200, answer: {} }),
  "answers-500": reply("formOrder", { status: 500, answer: { success: true } }),
  "channel-only-names": refusing("formOrder", ({ notificationchannel }) => !isName(notificationchannel)),
  "channel-only-numbers": refusing("formOrder", ({ notificationchannel }) => !isNumber(notificationchannel ?? 0)),
  "unknown-members-refused": refusing("formOrder", hasUnknown(FORM_ORDER_MEMBERS)),
  "status-any-key-taken": anyKeyTaken((kind, members) => kind === "formOrder" && !isReturn(kind, members)),
  "status-races": raced((since, added) => [...since, ...added]),
  "unknown-order-taken-for-newest": ({ register }) => {
    let newest;
    exchange(register, "begin", (right, caseId, what) => {
      const begun = right(caseId, what);
      if (begun && what === "order") newest = undefined;
      return begun;
    });
    exchange(register, "ordered", (right, formOrderId, patient) => {
      newest = formOrderId;
      right(formOrderId, patient);
    });
    exchange(register, "formOrder", (right, message) => {
      const isKnown = message.initiated || register.forms.get(message.formOrderId)?.ours;
      return right(isKnown || !newest ? message : { ...message, formOrderId: newest });
    });
  },
  // Created, Ordered, Expired, Completed.
  "status-number-of-openqreg": numbered({ 1: "Ordered", 2: "Expired", 3: "Completed" }),
  // Bestilt, Besvart, Utgått, Feilet.
  "status-number-of-mrs": numbered({ 0: "Ordered", 1: "Completed", 2: "Expired", 3: "Error" }),
};

const returns = {
  "answers-as-text": answers((fields) => fields.map(([name, value]) => [name, value === null ? null : String(value)])),
  "answers-without-blanks": answers((fields) => fields.filter(([, value]) => value !== null)),
  "answer-not-registered": forgotten("formOrder", is("Completed")),
  "answer-needs-status-first": refusing("formOrder", (members, { forms }) => {
    const isAnswer = nameOf(FormOrderStatus, members.formorderstatus) === "Completed";
    return isAnswer && !forms.get(members.formorderid)?.statuses.length;
  }),
  "expiry-not-registered": forgotten("formOrder", is("Expired")),
  "letter-return-not-registered": forgotten("formOrder", is("PhysicalMailReturned")),
  "return-any-key-taken": anyKeyTaken(isReturn),
  "last-writer-wins": raced((since, added, all) => all),
  "warnings-not-understood": forgotten("formOrder", ({ warnings }) => warnings?.length > 0),
  "long-answers-cut": answers((fields) =>
    fields.map(([name, value]) => [name, isName(value) ? value.slice(0, 4000) : value]),
  ),
  "large-return-answered-late": ({ register }) => {
    exchange(register, "formOrder", async (right, message) => {
      right(message);
      if (JSON.stringify(message.answers).length > 500_000) await wait(6_000);
    });
  },
};

const signing = {
  "document-never-fetched": ({ register }) => register.removeAllListeners("signed"),
  "document-fetched-for-every-return": (parts) => {
    parts.documents.attempts = 3;
    kept((message) =>
      is("Completed")(message) ? { ...message, signedFormId: message.signedFormId ?? ZERO_GUID } : message,
    )(parts);
  },
  "document-fetched-again": ({ documents }) => exchange(documents, "isKnown", () => false),
  "document-given-up": ({ documents }) => {
    documents.attempts = 1;
  },
  "document-key-in-query": ({ eprom }) => {
    exchange(eprom, "documentUrl", (right, id) => `${right(id)}?apiKey=${encodeURIComponent(eprom.apiKey)}`);
  },
  "document-key-bearer": headers(["document"], bearer),
  "document-kept-cut": ({ register }) => {
    exchange(register, "keepDocument", (right, id, content) => right(id, content.subarray(0, 4096)));
  },
  "document-kept-as-text": ({ register }) => {
    exchange(register, "keepDocument", (right, id, content) => right(id, Buffer.from(content.toString("utf8"))));
  },
};

/** The letter with another main document, made from the right one. */
const document = (change) =>
  letter((members) => {
    const { mainDocument } = members.documentCollection;
    const content = change(Buffer.from(mainDocument.content, "base64")).toString("base64");
    return { ...members, documentCollection: { mainDocument: { ...mainDocument, content } } };
  });
const letterStatus = ({ notificationchannel, sentstatus }) => [notificationchannel, sentstatus];

const letters = {
  "letter-key-in-body": letter(withKey),
  "letter-key-base64": headers(["letter"], userAndPassword),
  "letter-list-reversed": letter((members) => {
    return { ...members, notificationPriorityList: members.notificationPriorityList.toReversed() };
  }),
  "letter-list-as-text": letter((members) => {
    return { ...members, notificationPriorityList: members.notificationPriorityList.join(", ") };
  }),
  "letter-pdf-cut-short": document((pdf) => pdf.subarray(0, -40)),
  "letter-pdf-encoded-twice": document((pdf) => Buffer.from(pdf.toString("base64"))),
  "letter-color-forgotten": letter(without("paperColorPrint")),
  "letter-color-always": letter((members) => ({ ...members, paperColorPrint: true })),
  "letter-sender-forgotten": letter((members) => ({ ...members, senderInfo: {} })),
  "letter-test-mode-left-on": letter((members) => ({ ...members, testMode: true })),
  "letter-other-patient": letter((members) => ({ ...members, nationalId: OTHER_PATIENT })),
  "letter-sent-twice": twice("letter"),
  "failed-letter-resent": resent("letter"),
  "letter-status-answered-false": reply("letter", { status: 200, answer: { success: false } }),
  "letter-status-answered-text": reply("letter", { status: 200, answer: { success: "true" } }),
  "letter-status-answered-500": reply("letter", { status: 500, answer: { success: true } }),
  "letter-status-registered-twice": ({ register }) => {
    exchange(register, "letter", (right, { messageToCitizenId, status, channel }) => {
      register.letterOf(messageToCitizenId).statuses.push({ status, channel });
    });
  },
  "letter-status-needs-letter-first": refusing("letter", (members, register) => {
    return !register.letters.get(members.messagetocitizenid)?.ours;
  }),
  "letter-status-only-names": refusing("letter", (members) => !letterStatus(members).every(isName)),
  "letter-status-only-numbers": refusing("letter", (members) => !letterStatus(members).every(isNumber)),
  "letter-status-any-key-taken": anyKeyTaken((kind) => kind === "letter"),
  "letter-status-not-registered": forgotten("letter"),
  "letter-error-taken-as-sent": ({ register }) => {
    exchange(register, "letter", (right, message) => right({ ...message, status: "Sent" }));
  },
  "letter-no-channel-trusted": letterTrusted(({ ok }) => ok),
  "letter-no-channel-as-text-trusted": letterTrusted(({ ok, members }) => ok && members.notificationchannel === "0"),
  "letter-refusal-trusted": letterTrusted(({ status }) => [400, 413, 502, 504].includes(status)),
  "letter-timeout-trusted": letterTrusted(({ status }) => status === 504),
  "letter-failure-trusted": letterTrusted(({ status }) => status === 500),
  "letter-silence-trusted": silenceTrusted(
    () => ({ messagetocitizenid: randomUUID(), notificationchannel: "Helsenorge" }),
    "letter",
  ),
  "letter-forgotten": judged("idOfLetter", () => undefined),
};

const patientInitiated = {
  "initiated-refused": ({ callbacks }) => {
    exchange(callbacks, "reply", (right, kind, message) =>
      message.initiated ? { status: 200, answer: { success: false } } : right(kind, message),
    );
  },
  "initiated-patient-not-created": ({ register }) => {
    exchange(register, "startedByPatient", (right, form, initiated) => {
      Object.assign(form, { patient: initiated.nationalId, initiated });
    });
  },
  "initiated-patient-created-again": ({ register }) => {
    exchange(register, "startedByPatient", (right, form, initiated) => {
      const { nationalId } = initiated;
      if (register.hasPatient(nationalId)) register.patients.push({ nationalId });
      right(form, initiated);
    });
  },
  "initiated-registered-twice": ({ register }) => {
    exchange(register, "isRepeated", (right, known, message) => !message.initiated && right(known, message));
  },
  "initiated-time-local-as-utc": read("formOrder", (members) => {
    const values = membersOf(members.patientinitiatedvalues);
    if (!values.ordertimestamp) return members;
    return { ...members, patientinitiatedvalues: { ...values, ordertimestamputc: `${values.ordertimestamp}Z` } };
  }),
  "unknown-taken-for-initiated": ({ register }) => {
    exchange(register, "formOrder", (right, message) => {
      right(message);
      const form = register.form(message.formOrderId);
      if (!form.ours && message.answers) form.initiated ??= { nationalId: null, formId: null, orderedAt: null };
    });
  },
};

const onBehalf = {
  "on-behalf-forgotten": order(without("onBehalfOfNationalId")),
  "on-behalf-swapped": order((members) => {
    const { nationalId, onBehalfOfNationalId } = members;
    if (!onBehalfOfNationalId) return members;
    return { ...members, nationalId: onBehalfOfNationalId, onBehalfOfNationalId: nationalId };
  }),
  "on-behalf-always": order((members) => {
    const { nationalId, onBehalfOfNationalId, mustBeSigned } = members;
    return onBehalfOfNationalId || mustBeSigned ? members : { ...members, onBehalfOfNationalId: nationalId };
  }),
  "on-behalf-given-to-receiver": judged("patientOf", (right, { nationalId }) => nationalId),
  "answer-given-to-filler": ({ register }) => {
    exchange(register, "formOrder", (right, message) => {
      right(message);
      if (message.filledOutBy) register.form(message.formOrderId).patient = message.filledOutBy;
    });
  },
};

const unsecure = {
  "message-key-in-header": headers(["sms", "email"], (key) => ({ Authorization: `Basic ${key}` })),
  "message-other-key": messages((members, { apiKey }) => ({ ...members, apiKey: [...apiKey].toReversed().join("") })),
  "message-as-plain-text": headers(["sms", "email"], () => ({ "Content-Type": "text/plain" })),
  "message-mangled": texts(mangled),
  "message-cut-at-160": texts((text) => text.slice(0, 160)),
  "message-address-dropped": messages((members) => {
    return members.nationalId ? without("emailAddress")(without("phoneNumber")(members)) : members;
  }),
  "message-other-patient": messages(toOther),
  "message-sent-twice": twice("sms", "email"),
  "failed-message-resent": resent("sms", "email"),
  "message-not-registered": judged("wasSent", () => false),
  "message-status-alone-trusted": judged("wasSent", (right, { status }) => status === 200),
  "message-success-alone-trusted": judged("wasSent", (right, { members }) => members.success === true),
  "message-silence-trusted": silenceTrusted(() => ({ success: true }), "sms", "email"),
  "message-success-capital-unread": judged("wasSent", (right, { status, json }) => {
    return status === 200 && json.success === true;
  }),
  "message-success-capital-only": judged("wasSent", (right, { status, json }) => {
    return status === 200 && json.Success === true;
  }),
};

const swappedNumber = (value) => (isNumber(value) ? 1 - value : value);
/** Takes a code for the one that says the opposite, and that one for it. */
const swappedCodes = (one, other) =>
  read("setting", (members) => {
    return { ...members, status: { [one]: other, [other]: one }[members.status] ?? members.status };
  });
/** Keeps what the system has learnt only when this says so of the setting. */
const learnt = (operation, answered) => (parts) => {
  exchange(parts.system, operation, (right, answer, asked) => answered(right(answer, asked), asked));
};

const privacy = {
  "privacy-key-in-body-too": (parts) => {
    for (const name of ["settingBody", "listBody"]) body(name, withKey)(parts);
  },
  "privacy-type-as-text": body("settingBody", (members) => {
    return { ...members, type: String(SettingType.indexOf(nameOf(SettingType, members.type))) };
  }),
  "privacy-other-patient": body("settingBody", toOther),
  "privacy-asks-for-active": body("settingBody", (members) => {
    return "status" in members ? { ...members, status: 1 } : members;
  }),
  "privacy-consent-for-reservation": judged("typeOf", (right, value) => right(swappedNumber(value))),
  "privacy-status-inverted": judged("statusOf", (right, value) => right(swappedNumber(value))),
  "privacy-withdrawn-consent-not-read": learnt("settingIn", (setting) => {
    return setting?.type === "Samtykke" && setting.status === "IkkeAktiv" ? undefined : setting;
  }),
  "privacy-only-numbers": ({ system }) => {
    for (const name of ["typeOf", "statusOf"]) {
      exchange(system, name, (right, value) => (isNumber(value) ? right(value) : undefined));
    }
  },
  "privacy-error-is-no": learnt("settingIn", (setting, asked) => setting ?? { ...asked, status: "IkkeAktiv" }),
  "privacy-silence-is-no": silenceTrusted(
    ({ nationalId, pvkId, type }) => ({ nationalid: nationalId, id: pvkId, type, status: "IkkeAktiv" }),
    "getSetting",
  ),
  "privacy-failed-change-is-done": (parts) => {
    silenceTrusted(() => ({}), "setSetting")(parts);
    learnt("changeIn", (change) => change ?? InstanceChanged[1])(parts);
  },
  "privacy-unchanged-forgotten": learnt("changeIn", (change) => (change === InstanceChanged[0] ? undefined : change)),
  "privacy-changed-forgotten": learnt("changeIn", (change) => (change === InstanceChanged[1] ? undefined : change)),
  "privacy-older-believed": ({ register }) => exchange(register, "isOlder", () => false),
  "privacy-first-page-is-all": judged("isLast", () => true),
  "privacy-listed-twice": ({ system, register }) => {
    exchange(system, "keepListed", (right, listed, heard) => {
      right(listed, heard);
      listed.forEach((each, place) => {
        const before = listed.findIndex(({ nationalId }) => nationalId === each.nationalId);
        if (before < place) register.settingOf(each).history.push({ type: each.type, status: each.status });
      });
    });
  },
  "privacy-list-read-in-ring": ({ system }) => {
    let pages = 0;
    exchange(system, "readPages", (right, pvkId) => {
      pages = 0;
      return right(pvkId);
    });
    exchange(system, "mayAsk", () => (pages += 1) <= 20);
  },
  "privacy-res-and-ires-swapped": swappedCodes("RES", "IRES"),
  "privacy-sam-and-isam-swapped": swappedCodes("SAM", "ISAM"),
  "privacy-message-not-registered": forgotten("setting"),
  "privacy-message-refused": reply("setting", { status: 200, answer: { success: false } }),
  "privacy-message-answered-twice": reply("setting", { status: 200, answer: { success: true, Success: true } }),
  "privacy-message-answered-as-text": reply("setting", { status: 200, answer: { success: "true" } }),
  "privacy-message-registered-twice": ({ register }) => {
    exchange(register, "setting", (right, message) => {
      const { history } = register.settingOf(message);
      const before = history.length;
      right(message);
      if (history.length === before) history.push({ type: message.type, status: message.status });
    });
  },
  "privacy-unknown-members-refused": refusing("setting", hasUnknown(["nationalid", "id", "name", "status"])),
  "privacy-any-key-taken": anyKeyTaken((kind) => kind === "setting"),
};

export const FAULTS = {
  ...ordering,
  ...statuses,
  ...returns,
  ...signing,
  ...letters,
  ...patientInitiated,
  ...onBehalf,
  ...unsecure,
  ...privacy,
};
