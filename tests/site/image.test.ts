import { pack, unpack } from "../../site/browser/image.ts";

function equal(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`found ${left}, expected ${right}`);
}

const IMAGE = {
  snapshot: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]),
  packages: ["ipython", "é"],
  files: [["/lib/a.py", new Uint8Array([9])], ["/lib/b/c.py", new Uint8Array()]] as [string, Uint8Array<ArrayBuffer>][],
};

Deno.test("an image comes back as it was", async () => {
  const found = unpack(await pack(IMAGE).arrayBuffer());
  equal([...found.snapshot], [...IMAGE.snapshot]);
  equal(found.packages, IMAGE.packages);
  equal(found.files.map(([path, data]) => [path, [...data]]), [["/lib/a.py", [9]], ["/lib/b/c.py", []]]);
});

Deno.test("the snapshot lies at a whole word, whatever the names are", async () => {
  for (const name of ["a", "ab", "abc", "abcd", "é"]) {
    const { snapshot } = unpack(await pack({ ...IMAGE, packages: [name] }).arrayBuffer());
    equal(snapshot.byteOffset % 4, 0);
  }
});

Deno.test("bytes that are cut short or something else are refused", async () => {
  const whole = await pack(IMAGE).arrayBuffer();
  for (
    const broken of [
      new ArrayBuffer(0),
      whole.slice(0, 6),
      whole.slice(0, -4),
      new TextEncoder().encode("hello").buffer,
    ]
  ) {
    let refused = false;
    try {
      unpack(broken);
    } catch {
      refused = true;
    }
    equal(refused, true);
  }
});
