// How far apart colours are, to those who see all of them and to those who don't.

export interface Lab {
  l: number;
  a: number;
  b: number;
}

export type Vision = 'normal' | 'protan' | 'deutan' | 'tritan';

type Triple = [number, number, number];

/// sRGB of 0 to 1, linear.
function linear(hex: string): Triple {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/// WCAG 2.2, 1.4.3.
export function contrast(one: string, other: string): number {
  const luminance = (hex: string) => {
    const [r, g, b] = linear(hex);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

// Machado, Oliveira, Fernandes 2009, severity 1.0; on linear sRGB.
const machado: Record<Vision, Triple[]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const times = (matrix: Triple[], [x, y, z]: Triple) =>
  matrix.map((row) => row[0] * x + row[1] * y + row[2] * z) as Triple;

/// A colour as it looks to an eye, in CIE L*a*b* under D65.
export function seenBy(vision: Vision, hex: string): Lab {
  const clamped = times(machado[vision], linear(hex)).map((value) =>
    Math.min(1, Math.max(0, value)),
  ) as Triple;
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    clamped,
  );
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return { l: 116 * fy - 16, a: 500 * (fx - fy), b: 200 * (fy - fz) };
}

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/// CIEDE2000, all weights 1 (Sharma, Wu, Dalal 2005).
export function difference(one: Lab, other: Lab): number {
  const chroma = (Math.hypot(one.a, one.b) + Math.hypot(other.a, other.b)) / 2;
  const g = 0.5 * (1 - Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7)));
  const polar = ({ l, a, b }: Lab) => {
    const stretched = (1 + g) * a;
    const hue = Math.atan2(b, stretched) * (180 / Math.PI);
    return { l, c: Math.hypot(stretched, b), h: hue < 0 ? hue + 360 : hue };
  };
  const [p, q] = [polar(one), polar(other)];
  const isGrey = p.c * q.c === 0;
  let turn = isGrey ? 0 : q.h - p.h;
  if (turn > 180) turn -= 360;
  if (turn < -180) turn += 360;
  const dl = q.l - p.l;
  const dc = q.c - p.c;
  const dh = 2 * Math.sqrt(p.c * q.c) * Math.sin(radians(turn / 2));

  const l = (p.l + q.l) / 2;
  const c = (p.c + q.c) / 2;
  let h = p.h + q.h;
  if (!isGrey) h = Math.abs(p.h - q.h) <= 180 ? h / 2 : h < 360 ? (h + 360) / 2 : (h - 360) / 2;
  const t =
    1 -
    0.17 * Math.cos(radians(h - 30)) +
    0.24 * Math.cos(radians(2 * h)) +
    0.32 * Math.cos(radians(3 * h + 6)) -
    0.2 * Math.cos(radians(4 * h - 63));
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const sc = 1 + 0.045 * c;
  const sh = 1 + 0.015 * c * t;
  const rotation =
    -2 *
    Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) *
    Math.sin(radians(60 * Math.exp(-(((h - 275) / 25) ** 2))));
  return Math.sqrt(
    (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rotation * (dc / sc) * (dh / sh),
  );
}
