// Reads pairs "source<TAB>target" on standard input and writes each source, compressed with brotli at its best, to its target.
import { brotliCompressSync, constants } from "node:zlib";

const { BROTLI_PARAM_LGWIN, BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;

for (const line of (await new Response(Deno.stdin.readable).text()).split("\n")) {
  const [source, target] = line.split("\t");
  if (!target) continue;
  const bytes = Deno.readFileSync(source);
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  Deno.writeFileSync(`${target}.new`, brotliCompressSync(bytes, { params }));
  Deno.renameSync(`${target}.new`, target);
}
