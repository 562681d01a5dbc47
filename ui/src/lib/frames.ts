/// Lets one drawing run in each animation frame, in turn, so that no frame is late because many
/// charts changed at once. What asks twice before its turn is drawn once.
export class Frames {
  private readonly waiting = new Set<() => void>();
  private isAsked = false;

  constructor(
    private readonly nextFrame: (run: () => void) => void = (run) => requestAnimationFrame(run),
  ) {}

  ask(draw: () => void): void {
    this.waiting.add(draw);
    this.schedule();
  }

  forget(draw: () => void): void {
    this.waiting.delete(draw);
  }

  private schedule(): void {
    if (this.isAsked || this.waiting.size === 0) return;
    this.isAsked = true;
    this.nextFrame(() => {
      this.isAsked = false;
      const [draw] = this.waiting;
      if (!draw) return;
      this.waiting.delete(draw);
      draw();
      this.schedule();
    });
  }
}
