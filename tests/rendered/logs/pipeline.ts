import type { AlloyBlock } from "../../support/alloy";

/** What Alloy's stages make of lines, and Loki of their level: acted out, since neither can be run here. */

export interface Entry {
  readonly line: string;
  readonly metadata: Readonly<Record<string, string>>;
}
interface Passing extends Entry {
  readonly extracted: Readonly<Record<string, string>>;
}
type Labels = Readonly<Record<string, string>>;

/** A pattern of Go's that also JavaScript reads, but for the way of naming groups. */
const pattern = (text: unknown): RegExp => new RegExp(String(text).replaceAll("(?P<", "(?<"));

/** The entries that become of one container's lines, which come without a pause. */
export function entriesOf(process: AlloyBlock, labels: Labels, lines: readonly string[]): readonly Entry[] {
  const passing = lines.map((line): Passing => ({ line, metadata: {}, extracted: {} }));
  return through(process.blocks, labels, passing).map(({ line, metadata }) => ({ line, metadata }));
}

const through = (stages: readonly AlloyBlock[], labels: Labels, entries: readonly Passing[]): readonly Passing[] =>
  stages.reduce((passing, stage) => pass(stage, labels, passing), entries);

function pass(stage: AlloyBlock, labels: Labels, entries: readonly Passing[]): readonly Passing[] {
  const { attributes } = stage;
  switch (stage.name) {
    case "stage.match":
      return selects(String(attributes.selector), labels) ? through(stage.blocks, labels, entries) : entries;
    case "stage.cri":
      return entries.map((entry) => {
        const [, stream = "", line] = /^\S+ (stdout|stderr) F (.*)$/.exec(entry.line) ?? [];
        return { ...entry, line: line ?? entry.line, extracted: { ...entry.extracted, stream } };
      });
    case "stage.decolorize":
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
      return entries.map((entry) => ({ ...entry, line: entry.line.replace(/\u001b\[[0-9;]*m/g, "") }));
    case "stage.multiline":
      return joined(pattern(attributes.firstline), entries);
    case "stage.drop":
      // By age: nothing here has one.
      if (attributes.expression === undefined) return entries;
      return entries.filter(({ line }) => !pattern(attributes.expression).test(line));
    case "stage.regex":
      return entries.map((entry) => {
        const groups = pattern(attributes.expression).exec(entry.line)?.groups ?? {};
        return { ...entry, extracted: { ...entry.extracted, ...groups } };
      });
    case "stage.template":
      return entries.map((entry) => templated(String(attributes.source), String(attributes.template), entry));
    case "stage.structured_metadata":
      return entries.map((entry) => ({
        ...entry,
        metadata: { ...entry.metadata, ...added(attributes.values, labels, entry) },
      }));
    case "stage.limit":
    case "stage.label_drop":
      return entries;
    default:
      throw new Error(`nobody has said what ${stage.name} does`);
  }
}

/** Of a selector `{a="b", c=~"d|e"}`. */
const selects = (selector: string, labels: Labels): boolean =>
  [...selector.matchAll(/(\w+)(=~?)"([^"]*)"/g)].every(([, name = "", operator, value = ""]) =>
    operator === "=" ? labels[name] === value : new RegExp(`^(?:${value})$`).test(labels[name] ?? ""),
  );

function joined(first: RegExp, entries: readonly Passing[]): readonly Passing[] {
  const result: Passing[] = [];
  let begun = false;
  for (const entry of entries) {
    const last = result.at(-1);
    if (first.test(entry.line) || !begun || !last) result.push(entry);
    else result[result.length - 1] = { ...last, line: `${last.line}\n${entry.line}` };
    begun ||= first.test(entry.line);
  }
  return result;
}

/** The one form of template that is used: a word, by a table or as it is. */
function templated(source: string, template: string, entry: Passing): Passing {
  const value = entry.extracted[source];
  const table = /^\{\{ default \.Value \(get \(dict (.*)\) \.Value\) \}\}$/.exec(template)?.[1];
  if (table === undefined) throw new Error(`nobody has said what the template ${template} does`);
  if (value === undefined) return entry;
  const words = [...table.matchAll(/"([^"]*)" "([^"]*)"/g)].map(([, word = "", meaning = ""]) => [word, meaning]);
  return { ...entry, extracted: { ...entry.extracted, [source]: Object.fromEntries(words)[value] ?? value } };
}

const added = (values: unknown, labels: Labels, { extracted }: Passing) =>
  Object.fromEntries(
    Object.entries(values as Labels).flatMap(([name, from]) => {
      const value = extracted[from || name] ?? labels[from || name];
      return value ? [[name, value]] : [];
    }),
  );

const words = ["trace", "debug", "fatal", "critical", "error", "err", "warning", "warn", "info"];
const same: Labels = { err: "error", warning: "warn", inf: "info" };

/**
 * The level that Loki 3.7 finds (pkg/distributor/field_detection.go): what the collector says, a field of JSON or logfmt,
 * or the first word of the line that is one.
 */
export function levelOf({ line, metadata }: Entry): string {
  const stated = metadata.detected_level ?? fieldOf(line);
  if (stated !== undefined) return normal(stated);
  const text = line.toLowerCase();
  const found = words
    .flatMap((word) => {
      const at = new RegExp(`(?<=^|[\\s[({"=])${word}(?=$|[\\s[\\](){}:,!"=])`).exec(text)?.index;
      return at === undefined ? [] : [[at, word] as const];
    })
    .sort(([a], [b]) => a - b)[0];
  return found ? normal(found[1]) : "unknown";
}

const normal = (word: string): string => same[word.toLowerCase()] ?? word.toLowerCase();

function fieldOf(line: string): string | undefined {
  const text = line.trim();
  if (text.startsWith("{") && text.endsWith("}")) {
    const { level, severity } = JSON.parse(text) as Labels;
    return level ?? severity;
  }
  return text.includes("=") ? /(?:^|\s)level="?(\w+)/.exec(text)?.[1] : undefined;
}
