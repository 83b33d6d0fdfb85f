/** What the page says about itself: language, addresses, sentences. */

export interface PageConfig {
  /** Two letters. */
  lang: string;
  /** Two letters each: the languages of the site. */
  languages: string[];
  /** Address of the site's root, with a slash at the end, relative to the page. */
  root: string;
  /** Name of the page, the same in every language. */
  page: string;
  /** Address of the engine's folder, with a slash at the end, relative to the page. */
  engine: string;
  /** Bytes that a first start fetches, as files; 0 when not known. */
  engineBytes: number;
  /** Address of the script of the cells' worker. */
  worker: string;
  /** Addresses of the scripts that come when they are needed. */
  scripts: Record<string, string>;
  /** Address of what errors mean, in the page's language. */
  errors: string;
  messages: Record<string, string>;
  /** The words of the glossary that the page marks, by identity; `text` has code between backticks, `others` are names by language. */
  glossary?: Record<string, { term: string; text: string; others: Record<string, string> }>;
}

const NOTHING: PageConfig = {
  lang: "fr",
  languages: [],
  root: "./",
  page: "",
  engine: "engine/",
  engineBytes: 0,
  worker: "",
  scripts: {},
  errors: "",
  messages: {},
};

let written: PageConfig | undefined;

/** The page's configuration, from the block of JSON that `lessons build` puts into every page. */
export function config(): PageConfig {
  return written ??= {
    ...NOTHING,
    ...JSON.parse(document.getElementById("passerelle")?.textContent ?? "{}") as object,
  };
}
