/** Views longer than this are made anew each time: beside their bytes that costs nothing. */
const LONGEST = 4_096;

/** Views of the beginning of a buffer by their length, kept: a view for each message would be most of what there is to collect. */
export class Views {
  readonly buffer: Buffer;
  readonly #views = Array.from<Buffer | undefined>({ length: LONGEST + 1 });

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  first(length: number): Buffer {
    if (length > LONGEST) return this.buffer.subarray(0, length);
    return (this.#views[length] ??= this.buffer.subarray(0, length));
  }
}
