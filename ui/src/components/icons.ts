/// Strokes of 1.5 on a grid of 16.
export const icons = {
  overview: '<path d="M2.5 9.5h3l2-6 3 9 1.5-3h1.5"/>',
  providers:
    '<rect x="2.5" y="2.5" width="11" height="4.5" rx="1.2"/><rect x="2.5" y="9" width="11" ' +
    'height="4.5" rx="1.2"/><path d="M5 4.75h.01M5 11.25h.01"/>',
  cluster:
    '<circle cx="8" cy="3.6" r="1.7"/><circle cx="3.6" cy="11.8" r="1.7"/>' +
    '<circle cx="12.4" cy="11.8" r="1.7"/><path d="M7.2 5.2 4.4 10.2M8.8 5.2l2.8 5M5.4 11.8h5.2"/>',
  eye:
    '<path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z"/>' +
    '<circle cx="8" cy="8" r="1.9"/>',
  clock: '<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.2l2 1.4"/>',
  gateway:
    '<circle cx="4" cy="3.8" r="1.5"/><circle cx="12" cy="3.8" r="1.5"/><circle cx="8" cy="12.4" ' +
    'r="1.5"/><path d="M4 5.3c0 3 4 2.4 4 5.6M12 5.3c0 3-4 2.4-4 5.6"/>',
  search: '<circle cx="7" cy="7" r="4.2"/><path d="m10.2 10.2 3.3 3.3"/>',
  sun:
    '<circle cx="8" cy="8" r="2.8"/><path d="M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4' +
    'M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1"/>',
  moon: '<path d="M13 9.6A5.4 5.4 0 0 1 6.4 3a5.4 5.4 0 1 0 6.6 6.6z"/>',
  right: '<path d="m6 3.5 4.5 4.5L6 12.5"/>',
  down: '<path d="m4 6 4 4 4-4"/>',
  up: '<path d="m4 10 4-4 4 4"/>',
  close: '<path d="m4 4 8 8M12 4l-8 8"/>',
  arrow: '<path d="M2.5 8h10.5M9.5 4.5 13 8l-3.5 3.5"/>',
  pause: '<path d="M5.5 3.5v9M10.5 3.5v9"/>',
  play: '<path d="M5 3.2v9.6l7.6-4.8z"/>',
  list: '<path d="M2.5 4h11M2.5 8h11M2.5 12h7"/>',
  table:
    '<rect x="2.5" y="3" width="11" height="10" rx="1.4"/>' +
    '<path d="M2.5 6.3h11M2.5 9.7h11M6.6 3v10"/>',
  chart: '<path d="M2.5 2.5v11h11"/><path d="m5 10 2.6-3.4 2.2 2 3.2-4.4"/>',
  key: '<circle cx="5.3" cy="10.7" r="2.8"/><path d="m7.4 8.6 5.9-5.9M10.6 5.4l2 2"/>',
  leave: '<path d="M6.5 2.5h-3v11h3M9.5 5 12.5 8l-3 3M12.5 8H6"/>',
  more: '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01"/>',
  again: '<path d="M13.2 8a5.2 5.2 0 1 1-1.6-3.8l1.6 1.4M13.2 2.6v3h-3"/>',
  swap: '<path d="M2.5 5.5h9M9 3l2.5 2.5L9 8M13.5 10.5h-9M7 8l-2.5 2.5L7 13"/>',
  copy:
    '<rect x="5.5" y="5.5" width="8" height="8" rx="1.6"/>' +
    '<path d="M10.5 3.2A1.6 1.6 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5a1.6 1.6 0 0 0 .7 1.5"/>',
  columns:
    '<rect x="2.5" y="3" width="11" height="10" rx="1.4"/>' + '<path d="M6.2 3v10M9.8 3v10"/>',
  download: '<path d="M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.2h11"/>',
  done: '<path d="m3 8.5 3.2 3.2L13 4.8"/>',
  lock:
    '<rect x="3.5" y="7" width="9" height="6.5" rx="1.4"/>' +
    '<path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>',
} as const;

export type Icon = keyof typeof icons;

/// Status is a shape before it is a colour; on a grid of 12.
export const statuses = {
  ok: { shape: '<circle cx="6" cy="6" r="4" fill="currentColor"/>', tone: 'ok', word: 'Healthy' },
  degraded: {
    shape: '<path d="M6 1.6 10.8 10H1.2z" fill="currentColor"/>',
    tone: 'warn',
    word: 'Degraded',
  },
  cooldown: {
    shape:
      '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/>' +
      '<path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor"/>',
    tone: 'info',
    word: 'Cooling down',
  },
  half_open: {
    shape:
      '<circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/>' +
      '<path d="M6 2a4 4 0 0 1 0 8z" fill="currentColor"/>',
    tone: 'info',
    word: 'Being tried',
  },
  down: {
    shape:
      '<rect x="1.8" y="1.8" width="8.4" height="8.4" rx="1.5" fill="currentColor"/>' +
      '<path d="m4.2 4.2 3.6 3.6M7.8 4.2 4.2 7.8" stroke="var(--surface)" stroke-width="1.4"/>',
    tone: 'err',
    word: 'Down',
  },
  disabled: {
    shape: '<circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    tone: 'idle',
    word: 'Disabled',
  },
  drained: {
    shape:
      '<circle cx="6" cy="6" r="3.6" fill="none" stroke="currentColor" stroke-width="1.5"/>' +
      '<path d="M3.4 8.6 8.6 3.4" stroke="currentColor" stroke-width="1.5"/>',
    tone: 'idle',
    word: 'Drained',
  },
  stale: {
    shape:
      '<circle cx="6" cy="6" r="3.8" fill="none" stroke="currentColor" stroke-width="1.6" ' +
      'stroke-dasharray="2.2 1.8"/>',
    tone: 'warn',
    word: 'Stale',
  },
} as const;

export type Status = keyof typeof statuses;
