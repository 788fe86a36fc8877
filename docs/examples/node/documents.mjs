// Fetches the signed documents. The bestillersystem alone is responsible for having them [SkjemaSomKreverSignatur,
// Mottak]; ePROM keeps a document for at least 30 days, so there is time to try again.

import { setTimeout as wait } from "node:timers/promises";

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 60 * 60 * 1000;

/** Fetches what the register says is signed, until it has got it, ever more seldom. `close` gives up. */
export class Documents {
  constructor({ eprom, register }) {
    this.eprom = eprom;
    this.register = register;
    this.attempts = Infinity;
    this.known = new Set();
    this.closing = new AbortController();
    register.on("signed", (signedFormId, formOrderId) => this.want(signedFormId, formOrderId));
  }

  /** Fetch a document, unless that is being done, or has been: a form that comes twice has one document. */
  want(signedFormId, formOrderId) {
    if (this.isKnown(signedFormId)) return;
    this.known.add(signedFormId);
    this.fetch(signedFormId, formOrderId).catch((error) => {
      if (error.name !== "AbortError") console.error(error);
    });
  }

  isKnown(signedFormId) {
    return this.known.has(signedFormId);
  }

  async fetch(signedFormId, formOrderId) {
    for (let attempt = 1; attempt <= this.attempts; attempt += 1) {
      const content = await this.tried(signedFormId);
      if (content) {
        this.register.keepDocument(formOrderId, content);
        return;
      }
      const delay = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 4 ** (attempt - 1));
      await wait(delay, undefined, { signal: this.closing.signal });
    }
  }

  /** The document, every byte as it came: a changed one has no valid signature. Undefined when it is not to be had. */
  async tried(signedFormId) {
    try {
      const { status, content } = await this.eprom.document(signedFormId);
      return status === 200 && content.subarray(0, 5).toString("latin1") === "%PDF-" ? content : undefined;
    } catch {
      return undefined;
    }
  }

  close() {
    this.closing.abort();
  }
}
