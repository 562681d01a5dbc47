import type { HealthState, ProviderRow } from '../store/providerRow';

const ranks: Record<HealthState, number> = {
  down: 0,
  cooldown: 1,
  half_open: 2,
  degraded: 3,
  ok: 4,
  drained: 5,
  disabled: 6,
};
const errorsNotable = 0.05;
const fillNotable = 0.9;

type Judged = Pick<ProviderRow, 'health' | 'errorRatio' | 'perMinute' | 'fill' | 'order'>;

/// How full the fullest of its windows is; NaN where all are unlimited.
export function fullestFill(row: Pick<ProviderRow, 'fill'>): number {
  const known = row.fill.filter((fill) => !Number.isNaN(fill));
  return known.length > 0 ? Math.max(...known) : NaN;
}

/// What somebody should look at first stands first: state, then errors, then quotas that are
/// nearly spent, then traffic.
export function worstFirst(a: Judged, b: Judged): number {
  const errors = (row: Judged) => (row.errorRatio >= errorsNotable ? row.errorRatio : 0);
  const fill = (row: Judged) => (fullestFill(row) >= fillNotable ? fullestFill(row) : 0);
  const traffic = (row: Judged) => row.perMinute || 0;
  return (
    ranks[a.health.state] - ranks[b.health.state] ||
    errors(b) - errors(a) ||
    fill(b) - fill(a) ||
    traffic(b) - traffic(a) ||
    a.order - b.order
  );
}
