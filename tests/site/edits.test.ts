import { keep, place, read } from "../../site/browser/edits.ts";
import { fill } from "../../site/browser/messages.ts";

function equal(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`found ${left}, expected ${right}`);
}

/** Deno's own storage is a real one; each test leaves it empty. */
function withStorage(test: (storage: Storage) => void): () => void {
  return () => {
    sessionStorage.clear();
    test(sessionStorage);
    sessionStorage.clear();
  };
}

const WHERE = place("python/variables", "total");

Deno.test(
  "a text comes back with the author's text of its time",
  withStorage((storage) => {
    equal(keep(storage, WHERE, { text: "2", original: "1" }), true);
    equal(read(storage, WHERE), { text: "2", original: "1" });
  }),
);

Deno.test(
  "the author's own text is not kept",
  withStorage((storage) => {
    keep(storage, WHERE, { text: "2", original: "1" });
    keep(storage, WHERE, { text: "1", original: "1" });
    equal(storage.length, 0);
  }),
);

Deno.test(
  "what another program wrote there is not taken for a text",
  withStorage((storage) => {
    for (const foreign of ["{", "[]", '{"text": 1, "original": "x"}', "null"]) {
      storage.setItem(WHERE, foreign);
      equal(read(storage, WHERE), null);
    }
  }),
);

Deno.test("blocked storage is told, and raises nothing", () => {
  equal(keep(null, WHERE, { text: "2", original: "1" }), false);
  equal(read(null, WHERE), null);
});

Deno.test(
  "full storage is told, and the earlier text stays",
  withStorage((storage) => {
    keep(storage, WHERE, { text: "2", original: "1" });
    equal(keep(storage, WHERE, { text: "x".repeat(20_000_000), original: "1" }), false);
    equal(read(storage, WHERE), { text: "2", original: "1" });
  }),
);

Deno.test("cells of different pages and names have different places", () => {
  equal(new Set([place("a", "1"), place("a", "2"), place("b", "1")]).size, 3);
});

Deno.test("sentences take their values; a value that is missing is seen", () => {
  equal(fill("{loaded} sur {total}", { loaded: "1,5", total: 8 }), "1,5 sur 8");
  equal(fill("{who}"), "{who}");
});
