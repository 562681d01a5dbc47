// GET /admin/v1/stream as a browser hears it; every event must be as actors/api/openapi.yaml says.
import { validateEvent } from './openapi.mjs';

/// The whole events at the beginning of a text, {id, name, data} with data as text, and what is
/// left. What an event has not is undefined.
export function takeEvents(text) {
  const blocks = text.split('\n\n');
  const rest = blocks.pop();
  const events = blocks.map((block) => {
    const fields = Object.fromEntries(
      block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^[^:]*: ?/, '')]),
    );
    return { id: fields.id, name: fields.event, data: fields.data };
  });
  return { events, rest };
}

/// An open stream. `events` are all so far: {id, name, data}; `lastId` is as an EventSource has it.
export class Listener {
  events = [];
  lastId = '';
  #text = '';
  #wake = () => {};
  #leave = new AbortController();

  /// `query`: as in the address, `topics=tick&hz=1`. `headers`: the admin's key, Last-Event-ID.
  static async open(gateway, query = '', headers = {}) {
    const listener = new Listener();
    const key = gateway.adminKey();
    listener.response = await fetch(`${gateway.url}/admin/v1/stream?${query}`, {
      headers: { authorization: `Bearer ${key}`, ...headers },
      signal: listener.#leave.signal,
    });
    if (listener.response.status !== 200) throw new Error(await listener.response.text());
    listener.ended = listener.#read();
    return listener;
  }

  async #read() {
    try {
      const decoder = new TextDecoder();
      for await (const piece of this.response.body) {
        this.#text += decoder.decode(piece, { stream: true });
        this.#take();
        this.#wake();
      }
      return 'ended';
    } catch {
      return 'cut';
    } finally {
      this.over = true;
      this.#wake();
    }
  }

  #take() {
    const { events, rest } = takeEvents(this.#text);
    this.#text = rest;
    for (const { id, name, data } of events) {
      if (id !== undefined) this.lastId = id;
      if (data === undefined) continue;
      validateEvent(name, data);
      this.events.push({ id: this.lastId, name, data: JSON.parse(data) });
    }
  }

  named(name) {
    return this.events.filter((event) => event.name === name);
  }

  /// The first event of that name that fits, of those that came or will.
  async next(name, fits = () => true, ms = 5000) {
    const end = Date.now() + ms;
    for (;;) {
      const found = this.events.find((event) => event.name === name && fits(event.data));
      if (found) return found.data;
      if (this.over || Date.now() > end) {
        const heard = this.events.map((event) => event.name).join(' ');
        throw new Error(`no such ${name} within ${ms} ms; heard: ${heard}`);
      }
      await new Promise((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, Math.max(0, end - Date.now()));
      });
    }
  }

  /// Requests counted: what the snapshot has, and every tick behind it.
  requests() {
    let sum = 0;
    for (const { name, data } of this.events) {
      if (name === 'snapshot')
        sum = data.totals.v.reduce((all, second) => all + (second?.[0] ?? 0), 0);
      if (name === 'tick') sum += data.tot[0];
    }
    return sum;
  }

  async leave() {
    this.#leave.abort();
    await this.ended;
  }
}
