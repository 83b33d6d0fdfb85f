/** What an interpreter's memory was, to put it back: whole, or as what differs from another's. */

const BLOCK = 1024;
const WORD = 4;

export class Kept {
  private constructor(
    private readonly whole: Uint8Array<ArrayBuffer>,
    private readonly length: number,
    private readonly places: number[],
    private readonly blocks: Uint8Array[],
  ) {}

  /** Keeps a memory as it is now; `like` is another that began as this one, whose copy serves both. */
  static of(memory: Uint8Array<ArrayBuffer>, like?: Kept): Kept {
    if (!like) return new Kept(memory.slice(), memory.length, [], []);
    const ours = new Int32Array(memory.buffer, memory.byteOffset, memory.length / WORD);
    const theirs = new Int32Array(like.whole.buffer, like.whole.byteOffset, like.whole.length / WORD);
    const places: number[] = [];
    const step = BLOCK / WORD;
    for (let start = 0; start < ours.length; start += step) {
      let at = start;
      while (at < start + step && ours[at] === (theirs[at] ?? 0)) at++;
      if (at < start + step) places.push(start * WORD);
    }
    const blocks = places.map((place) => memory.slice(place, place + BLOCK));
    return new Kept(like.whole, memory.length, places, blocks);
  }

  /** Puts a memory back that may have grown since. */
  putBack(memory: Uint8Array): void {
    const common = Math.min(this.whole.length, this.length);
    memory.set(this.whole.subarray(0, common));
    memory.fill(0, common);
    for (const [at, place] of this.places.entries()) memory.set(this.blocks[at]!, place);
  }
}
