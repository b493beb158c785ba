/** Bits per second with the prefix that fits: 1.25 Mbit/s. */
export function bitsPerSecond(value: number): string {
  return scaled(value, 'bit/s');
}

/** Bytes with the decimal prefix that fits: 12.4 MB. */
export function bytes(value: number): string {
  return scaled(value, 'B');
}

export function count(value: number): string {
  return Math.round(value).toLocaleString();
}

function scaled(value: number, unit: string): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), prefixes.length - 1);
  const digits = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 }).format(value / 1000 ** power);
  return `${digits} ${prefixes[power]}${unit}`;
}
