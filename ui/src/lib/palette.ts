/// The colours of tokens.css as a canvas wants them, looked up once per theme.
export class Palette {
  private readonly known = new Map<string, string>();
  private theme = '';

  constructor(private readonly root: HTMLElement) {}

  /// The colour of a token, `--s1`.
  of(token: string): string {
    const theme = this.root.dataset.theme ?? '';
    if (theme !== this.theme) {
      this.known.clear();
      this.theme = theme;
    }
    let colour = this.known.get(token);
    if (colour === undefined) {
      colour = getComputedStyle(this.root).getPropertyValue(token).trim();
      this.known.set(token, colour);
    }
    return colour;
  }

  /// The same with an opacity of 0 to 1; tokens are written as `#rrggbb`.
  faded(token: string, opacity: number): string {
    const byte = Math.round(opacity * 255);
    return this.of(token) + byte.toString(16).padStart(2, '0');
  }

  /// A token that is a number.
  number(token: string): number {
    return Number(this.of(token));
  }
}
