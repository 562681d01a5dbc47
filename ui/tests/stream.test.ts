import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { eventNames, Stream, type Link, type Listener } from '../src/api/stream';
import { Connection } from '../src/store/connection';
import { Live } from '../src/store/live';

/// As a browser's, but steered by hand.
class Source {
  static readonly CLOSED = 2;
  static opened: Source[] = [];
  readyState = 0;
  onerror: () => void = () => undefined;
  private readonly heard = new Map<string, (event: object) => void>();

  constructor(readonly url: string) {
    Source.opened.push(this);
  }
  addEventListener(name: string, listener: (event: object) => void): void {
    this.heard.set(name, listener);
  }
  close(): void {
    this.readyState = Source.CLOSED;
  }
  says(name: string, data: object, lastEventId = ''): void {
    this.heard.get(name)?.({ data: JSON.stringify(data), lastEventId });
  }
  fails(isRefused = false): void {
    if (isRefused) this.readyState = Source.CLOSED;
    this.onerror();
  }
  get query(): URLSearchParams {
    return new URL(this.url, 'http://host').searchParams;
  }
}

const newest = () => Source.opened.at(-1)!;
const states: Link[] = [];
let events: string[];
let refusals: number;
const listener: Listener = {
  event: (name) => events.push(name),
  changed: (link) => states.push(link),
  refused: () => ++refusals,
};
const last = () => states.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  vi.stubGlobal('EventSource', Source);
  Source.opened = [];
  states.length = 0;
  events = [];
  refusals = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a stream', () => {
  const open = () => {
    const stream = new Stream(listener, () => 0.5);
    stream.open(['tick']);
    return stream;
  };

  test('hears every event of the description', () => {
    open();
    for (const name of eventNames) newest().says(name, { now: 1 });
    expect(events).toEqual([...eventNames]);
    expect(last()).toEqual({ state: 'live', heardAt: 1_000_000, nextTryAt: null });
  });

  test('begins anew without its last event', () => {
    const stream = open();
    newest().says('tick', {}, 'e.7');
    const before = newest();
    stream.beginAnew();
    expect(before.readyState).toBe(Source.CLOSED);
    expect(Source.opened.length).toBe(2);
    expect(newest().query.get('last_event_id')).toBeFalsy();
    expect(newest().query.get('topics')).toBe('tick');
  });

  test('is broken after six seconds of silence, and opened again behind its last event', () => {
    open();
    newest().says('beat', { now: 1 }, 'e.7');
    vi.advanceTimersByTime(5999);
    expect(last().state).toBe('live');
    vi.advanceTimersByTime(1);
    expect(last()).toEqual({ state: 'down', heardAt: 1_000_000, nextTryAt: 1_007_000 });
    expect(newest().readyState).toBe(Source.CLOSED);
    vi.advanceTimersByTime(1000);
    expect(Source.opened).toHaveLength(2);
    expect(newest().query.get('last_event_id')).toBe('e.7');
  });

  test('is opened again by itself alone, not by the browser', () => {
    open();
    newest().fails();
    expect(newest().readyState).toBe(Source.CLOSED);
    expect(refusals).toBe(0);
  });

  test('waits longer after each failure, up to half a minute, until it lives', () => {
    open();
    const pauses: number[] = [];
    for (let i = 0; i < 7; ++i) {
      newest().fails();
      pauses.push(last().nextTryAt! - Date.now());
      vi.advanceTimersByTime(pauses.at(-1)!);
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    expect(last().state).toBe('down');
    newest().says('beat', { now: 1 });
    newest().fails();
    expect(last().nextTryAt! - Date.now()).toBe(1000);
  });

  test('does not wait where somebody asks for it now', () => {
    const stream = open();
    newest().fails();
    stream.retryNow();
    expect(Source.opened).toHaveLength(2);
    vi.advanceTimersByTime(2000);
    expect(Source.opened).toHaveLength(2);
  });

  test('says when it was refused, and stays closed where that ends it', () => {
    const stream = open();
    listener.refused = () => stream.close();
    newest().fails(true);
    expect(last().state).toBe('idle');
    vi.advanceTimersByTime(60_000);
    expect(Source.opened).toHaveLength(1);
  });

  test('stays open when the same is asked for, and not when another is', () => {
    const stream = open();
    stream.open(['tick']);
    expect(Source.opened).toHaveLength(1);
    stream.open(['tick', 'share:groq']);
    expect(Source.opened[0]!.readyState).toBe(Source.CLOSED);
    expect(newest().query.get('topics')).toBe('tick,share:groq');
  });

  test('forgets its place when it is closed', () => {
    const stream = open();
    newest().says('beat', { now: 1 }, 'e.7');
    stream.close();
    stream.open(['tick']);
    expect(newest().query.has('last_event_id')).toBe(false);
  });
});

describe('a connection', () => {
  const topics = () => newest().query.get('topics')!.split(',');

  test('asks for what any page wants, as long as one does', () => {
    const connection = new Connection(new Live());
    const first = connection.want(['share:groq']);
    connection.open();
    expect(topics()).toEqual(['tick', 'attention', 'failover', 'share:groq']);
    const second = connection.want(['share:groq', 'request']);
    expect(topics()).toContain('request');
    first();
    expect(topics()).toContain('share:groq');
    second();
    expect(topics()).toEqual(['tick', 'attention', 'failover']);
  });

  test('asks for requests with the filters of the page that wants them', () => {
    const connection = new Connection(new Live());
    connection.open();
    const first = connection.wantRequests(['status:eq:failed', 'node:eq:a']);
    expect(topics()).toContain('request');
    expect(newest().query.getAll('f')).toEqual(['status:eq:failed', 'node:eq:a']);
    const before = Source.opened.length;
    const second = connection.wantRequests([]);
    first();
    expect(Source.opened).toHaveLength(before + 1);
    expect(newest().query.getAll('f')).toEqual([]);
    second();
    expect(topics()).not.toContain('request');
  });

  test('gets less while its tab is hidden, and then nothing', () => {
    const connection = new Connection(new Live());
    connection.open();
    expect(newest().query.get('hz')).toBe('4');
    connection.tabHidden(true);
    vi.advanceTimersByTime(10_000);
    expect(newest().query.get('hz')).toBe('1');
    newest().says('beat', { now: 1 });
    vi.advanceTimersByTime(50_000);
    expect(newest().readyState).toBe(Source.CLOSED);
    const before = Source.opened.length;
    connection.tabHidden(false);
    expect(Source.opened).toHaveLength(before + 1);
    expect(newest().query.get('hz')).toBe('4');
  });

  test('does not open for a tab that is shown before anybody has signed in', () => {
    const connection = new Connection(new Live());
    connection.tabHidden(false);
    connection.want(['request']);
    expect(Source.opened).toHaveLength(0);
  });
});
