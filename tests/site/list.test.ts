import { addressOf, byPath, lasts, type List, pathOf, successors } from "../../site/browser/list.ts";

function equal(found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`found ${left}, expected ${right}`);
}

const ROOT = "https://host.example/school/";
const LIST: List = {
  source: "fr",
  groups: {
    fr: { "index.html": ["a", 1], "python/index.html": ["b", 2] },
    site: { "assets/page-0123456789.js": ["c", 3], "assets/style.css": ["d", 4] },
    engine: { "engine/lesson-0123456789.img": ["g", 70, 7] },
    application: { "lite/build/12.a8fa7b2.js": ["e", 5], "lite/build/13.b91a70b.js": ["f", 6] },
  },
};

Deno.test("an address means the file below the root, whatever its query, and a folder its page", () => {
  equal(pathOf(`${ROOT}`, ROOT), "index.html");
  equal(pathOf(`${ROOT}python/?h=x#y`, ROOT), "python/index.html");
  equal(pathOf(`${ROOT}lite/build/12.js?_=c1d`, ROOT), "lite/build/12.js");
  equal(pathOf(`${ROOT}l%C3%A9/a%20b.html`, ROOT), "lé/a b.html");
});

Deno.test("an address outside the site or one that cannot be read means nothing", () => {
  equal(pathOf("https://host.example/other/", ROOT), null);
  equal(pathOf("https://another.example/school/", ROOT), null);
  equal(pathOf(`${ROOT}%E0%A4%A`, ROOT), null);
});

Deno.test("a page is asked for by its folder, and each path comes back from its address", () => {
  equal(addressOf("python/index.html", ROOT), `${ROOT}python/`);
  for (const path of ["index.html", "python/index.html", "lé/a b.html", "a/x?y#z.js"]) {
    equal(pathOf(addressOf(path, ROOT), ROOT), path);
  }
});

Deno.test("a name with a hash lasts, a version number is none", () => {
  equal(["a-0123456789.js", "12.a8fa7b2.js", "remoteEntry.abcac41d5ca77040.js"].map(lasts), [true, true, true]);
  equal(lasts("engine/jedi-0.20.1-00fb16d86c4-py2.py3-none-any.whl"), true);
  equal(["pyodide.mjs", "ipython-9.18.1-py3-none-any.whl", "deadbeef0/style.css"].map(lasts), [false, false, false]);
});

Deno.test("a file says how large it is, and how large the one beside it that is compressed", () => {
  const files = byPath(LIST);
  const sizes = (path: string) => [files.get(path)?.size, files.get(path)?.packed];
  equal([sizes("index.html"), sizes("engine/lesson-0123456789.img")], [[1, 0], [70, 7]]);
});

Deno.test("a new version is asked for what was kept, under the names it has now", () => {
  const files = byPath(LIST);
  const found = (...kept: string[]) => successors(kept, files).map(({ path }) => path);
  equal(found("python/index.html", "gone/index.html"), ["python/index.html"]);
  equal(found("assets/page-ffffffffff.js"), ["assets/page-0123456789.js"]);
  equal(found("lite/build/12.0000000.js"), ["lite/build/12.a8fa7b2.js"]);
  equal(found("assets/style.css", "assets/page-ffffffffff.js", "assets/page-0123456789.js"), [
    "assets/style.css",
    "assets/page-0123456789.js",
  ]);
});
