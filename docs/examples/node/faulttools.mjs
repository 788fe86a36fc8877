// How one thing is made wrong in a system that is right, for faults.mjs. No part of the example: leave it out.

import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { FormOrderStatus, idOf, nameOf } from "./codes.mjs";

const MOMENT_MS = 30;

/** Put another method in the place of the right one, which it gets as its first argument. */
export function exchange(part, name, other) {
  const right = part[name].bind(part);
  part[name] = (...given) => other(right, ...given);
}

// What is sent

export const body = (name, change) => ({ eprom }) => {
  exchange(eprom, name, (right, ...given) => change(right(...given), eprom));
};
export const order = (change) => body("orderBody", change);
export const letter = (change) => body("letterBody", change);
export const messages = (change) => (parts) => {
  for (const name of ["smsBody", "emailBody"]) body(name, change)(parts);
};
export const headers = (operations, change) => ({ eprom }) => {
  exchange(eprom, "headers", (right, operation) =>
    operations.includes(operation) ? { ...right(operation), ...change(eprom.apiKey) } : right(operation),
  );
};
export const twice = (...operations) => ({ eprom }) => {
  for (const operation of operations) {
    exchange(eprom, operation, async (right, asked) => {
      await right(asked);
      return right(asked);
    });
  }
};
/** Sends once more what failed, or was not answered. */
export const resent = (...operations) => ({ eprom }) => {
  for (const operation of operations) {
    exchange(eprom, operation, async (right, asked) => {
      const answer = await right(asked).catch(() => undefined);
      return answer && answer.status < 500 ? answer : right(asked);
    });
  }
};
/** Takes no answer for one with these members. */
export const silenceTrusted = (members, ...operations) => ({ eprom }) => {
  for (const operation of operations) {
    exchange(eprom, operation, (right, asked) =>
      right(asked).catch(() => ({ ok: true, status: 200, json: {}, members: members(asked) })),
    );
  }
};
export const without = (name) => ({ [name]: _left, ...rest }) => rest;
export const withKey = (members, { apiKey }) => ({ ...members, apiKey });
export const userAndPassword = (key) => ({ Authorization: `Basic ${Buffer.from(`:${key}`).toString("base64")}` });
export const bearer = (key) => ({ Authorization: `Bearer ${key}` });
/** Reads UTF-8 as if it were Latin-1. */
export const mangled = (text) => Buffer.from(text, "utf8").toString("latin1");
export const texts = (change) =>
  messages((members) =>
    Object.fromEntries(
      Object.entries(members).map(([name, value]) => [name, /Text$/.test(name) ? change(value) : value]),
    ),
  );

/** Takes the hour that comes twice in October for the first of the two, as who keeps local time alone. */
export function firstOfTwoHours(members) {
  const local = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Oslo", dateStyle: "short", timeStyle: "medium" });
  const moment = new Date(members.expiryDate);
  const earlier = new Date(moment.getTime() - 60 * 60 * 1000);
  const first = local.format(earlier) === local.format(moment) ? earlier : moment;
  return { ...members, expiryDate: first.toISOString() };
}

// What is made of the answers

export const judged = (name, judge) => ({ system }) => exchange(system, name, judge);
/** Whatever id an answer has, or one that is made up. */
const anyId = (id) => idOf(id) ?? randomUUID();
/** Takes an answer with one of these HTTP statuses for an order that was made. */
export const orderTrusted = (...statuses) =>
  judged("idOfOrder", (right, answer) => (statuses.includes(answer.status) ? anyId(answer.members.id) : right(answer)));
export const letterTrusted = (trusts) =>
  judged("idOfLetter", (right, answer) => (trusts(answer) ? anyId(answer.members.messagetocitizenid) : right(answer)));

// What ePROM calls

/** Reads the members of a message wrongly, or refuses it: then the change gives undefined. */
export const read = (kind, change) => ({ callbacks, register }) => {
  exchange(callbacks, kind, (right, members) => {
    const changed = change(members, register);
    return changed && right(changed);
  });
};
export const refusing = (kind, wrong) =>
  read(kind, (members, register) => (wrong(members, register) ? undefined : members));
export const reply = (kind, answer) => ({ callbacks }) => {
  exchange(callbacks, "reply", (right, about, message) => (about === kind ? answer : right(about, message)));
};
/** Takes the messages that this says, with whatever key. */
export const anyKeyTaken = (which) => ({ callbacks }) => {
  exchange(callbacks, "hasKey", (right, kind, headers, members) => {
    return which(kind, members) || right(kind, headers, members);
  });
};
export const forgotten = (kind, which = () => true) => ({ register }) => {
  exchange(register, kind, (right, message) => (which(message, register) ? undefined : right(message)));
};
export const kept = (change) => ({ register }) => {
  exchange(register, "formOrder", (right, message) => right(change(message)));
};
/** Goes by the statuses that an order had a moment before its message is kept. */
export const raced = (keep) => ({ register }) => {
  exchange(register, "formOrder", async (right, message) => {
    const form = register.form(message.formOrderId);
    const before = [...form.statuses];
    await wait(MOMENT_MS);
    const since = form.statuses;
    const known = before.length;
    form.statuses = before;
    right(message);
    form.statuses = keep(since, before.slice(known), before);
  });
};
export const answers = (change) =>
  kept((message) => {
    if (!message.answers) return message;
    return { ...message, answers: Object.fromEntries(change(Object.entries(message.answers))) };
  });
/** Takes a number for another status than the one that it stands for. */
export const numbered = (names) =>
  read("formOrder", (members) => {
    const { formorderstatus: status } = members;
    return { ...members, formorderstatus: isNumber(status) ? (names[status] ?? status) : status };
  });
export const is = (status) => (message) => message.status === status;
export const isName = (value) => typeof value === "string";
export const isNumber = (value) => typeof value === "number";
export const isReturn = (kind, members) => {
  return kind === "formOrder" && ["Completed", "Expired"].includes(nameOf(FormOrderStatus, members.formorderstatus));
};
export const hasUnknown = (known) => (members) => Object.keys(members).some((name) => !known.includes(name));
