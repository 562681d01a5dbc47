const slotCount = 8;

/// Which of the eight chart colours stands for what. A colour follows its entity: it stays as long
/// as that is drawn anywhere, whatever its rank.
export class Slots {
  private readonly holders = new Map<string, Array<string | null>>();

  /// Gives each of `ids`, eight at most, a slot of 1 to 8, in the order given where several are
  /// new. Slots of entities that are not among them are taken only when none is free.
  of(kind: string, ids: readonly string[]): Map<string, number> {
    const held = this.holders.get(kind) ?? new Array<string | null>(slotCount).fill(null);
    this.holders.set(kind, held);
    const shown = new Set(ids);
    const slots = new Map<string, number>();
    for (const id of ids.slice(0, slotCount)) {
      let at = held.indexOf(id);
      if (at < 0) at = held.indexOf(null);
      if (at < 0) at = held.findIndex((holder) => holder !== null && !shown.has(holder));
      held[at] = id;
      slots.set(id, at + 1);
    }
    return slots;
  }
}
