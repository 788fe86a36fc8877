// The enumerations of the ePROM contract, and how to read what ePROM writes.
//
// Source: Integrasjonsguide, sections DistributionRule, NotificationChannel, FormOrderStatus, FormOrderStatusErrorCode
// and SentStatus; Personverninnstillinger, section Koder.

/** The place of a name in its list is the number that may stand for it. */
export const DistributionRule = [
  "Basic",
  "AllowUnsecure",
  "NoDistribution",
  "BasicOrPaper",
  "AllowUnsecureOrPaper",
  "PaperOnly",
  "HelsenorgeOnly",
  "DigitalMailboxOnly",
  "UnsecureOnly",
];
export const NotificationChannel = ["None", "Helsenorge", "DigitalMailbox", "Unsecure", "PhysicalMailbox"];
export const FormOrderStatus = [
  "Completed",
  "Expired",
  "Ordered",
  "Error",
  "PhysicalMailReturned",
  "DigipostDelivered",
];
export const FormOrderStatusErrorCode = ["None", "PatientUnreachable", "SikkerDigitalPostError"];
export const SentStatus = ["Sent", "Error"];
export const SettingType = ["Reservasjon", "Samtykke"];
export const SettingStatus = ["IkkeAktiv", "Aktiv"];
export const InstanceChanged = ["IkkeEndret", "Endret"];

/** The status in a message about a privacy setting: codes of Volven 7609, which tell the type too. */
export const VolvenCode = {
  RES: { type: "Reservasjon", status: "Aktiv" },
  IRES: { type: "Reservasjon", status: "IkkeAktiv" },
  SAM: { type: "Samtykke", status: "Aktiv" },
  ISAM: { type: "Samtykke", status: "IkkeAktiv" },
};

/** In place of an id where there is none: of an order for nobody, of a document that was not signed. */
export const ZERO_GUID = "00000000-0000-0000-0000-000000000000";

/**
 * The name of a value that came as a name or as a number; undefined when it is neither.
 *
 * Which of the two it is depends on the operation and on the edition of the documentation (the status of an order had
 * the name of the channel in 2023, and has its number since May 2026), so both are always read.
 */
export function nameOf(names, value) {
  if (typeof value === "number") return names[value];
  if (typeof value !== "string") return undefined;
  if (/^[0-9]+$/.test(value)) return names[Number(value)];
  return names.find((name) => name.toLowerCase() === value.toLowerCase());
}

/** A GUID in lower case, or undefined: ePROM is free to write the same id in capitals another time. */
export function guidOf(value) {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  return typeof value === "string" && guid.test(value) ? value.toLowerCase() : undefined;
}

/** The id that a GUID is, or undefined when it is the zero GUID or none at all. */
export function idOf(value) {
  const guid = guidOf(value);
  return guid === ZERO_GUID ? undefined : guid;
}

/** A JSON object, or undefined when the text is something else. */
export function objectOf(text) {
  try {
    return plainObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * A JSON object whose numbers are kept as they were written, for what a patient has answered.
 *
 * JavaScript would make 1.0 into 1, and lose digits of a long number.
 */
export function exactObjectOf(text) {
  const exact = (name, value, { source } = {}) =>
    typeof value === "number" && String(value) !== source ? JSON.rawJSON(source) : value;
  try {
    return plainObject(JSON.parse(text, exact));
  } catch {
    return undefined;
  }
}

/** The members by their names in lower case: ePROM is ASP.NET, which does not look at the case of a name. */
export function membersOf(value) {
  const members = Object.create(null);
  for (const [name, member] of Object.entries(plainObject(value) ?? {})) members[name.toLowerCase()] = member;
  return members;
}

function plainObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
}
