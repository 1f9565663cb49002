import { escapeKey, escapeValue } from "properties-file/escape";
import * as yaml from "yaml";

/** Writers of configuration files. Libraries do the escaping; keys keep the order they are given in. */

/** Scalars a properties file holds; `undefined` leaves the key out, which lets one table serve both modes. */
export type PropertyValues = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * Java properties. The library also escapes `:`, `=`, `#` and `!` inside values, where the format does not need it;
 * that is undone because URLs are what a reviewer reads here.
 */
export function properties(values: PropertyValues): string {
  const value = (text: string): string => escapeValue(text).replace(/\\([:=#!])/g, "$1");
  return Object.entries(values)
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]) => `${escapeKey(key)}=${value(String(entry))}\n`)
    .join("");
}

/**
 * Airlift's dialect of properties (Trino): values are read as they stand, `${ENV:NAME}` is replaced,
 * and there is nothing to escape but the line end, which therefore is refused.
 */
export function airliftProperties(values: PropertyValues): string {
  for (const [key, value] of Object.entries(values)) {
    if (/[\r\n]/.test(String(value))) throw new Error(`${key}: a property value has one line`);
  }
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}

/** `key=value` lines under sections, as pgBackRest reads them. */
export function sections(values: Readonly<Record<string, PropertyValues>>): string {
  return Object.entries(values)
    .map(([section, entries]) => `[${section}]\n${airliftProperties(entries)}`)
    .join("\n");
}

/**
 * YAML without anchors or folded lines: what is read in review is what the product reads. Quoted for YAML 1.1, since
 * readers such as Patroni's take a bare `off` for a boolean.
 */
export function yamlText(value: unknown): string {
  return yaml.stringify(value, { version: "1.1", aliasDuplicateObjects: false, lineWidth: 0 });
}

/** JSON with a final newline, readable in a mounted file. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** JSON of which every part that fits is one line: for long documents of many small parts. */
export function compactJson(value: unknown, width = 120): string {
  /** @param before characters that stand before it in its line */
  const text = (part: unknown, indent: string, before: number): string => {
    // Line breaks of texts are escaped, so those there are stand between parts.
    const line = JSON.stringify(part, null, 1).replace(/\n\s*/g, " ");
    if (before + line.length <= width || typeof part !== "object" || part === null) return line;
    const deeper = `${indent}  `;
    const parts = Array.isArray(part)
      ? part.map((each) => text(each, deeper, deeper.length))
      : Object.entries(part).map(([name, each]) => {
          const key = `${JSON.stringify(name)}: `;
          return key + text(each, deeper, deeper.length + key.length);
        });
    const [open, close] = Array.isArray(part) ? "[]" : "{}";
    return `${open}\n${parts.map((each) => deeper + each).join(",\n")}\n${indent}${close}`;
  };
  return `${text(value, "", 0)}\n`;
}

/** An element of XML: its text, its children by name, or several of the same name. Keys with `@` are attributes. */
export type Xml = string | number | boolean | { readonly [name: string]: Xml | readonly Xml[] | undefined };

/** An XML document, indented, with empty elements in their short form. @param name of the root element */
export const xmlText = (name: string, content: Xml): string => `${element(name, content, "")}\n`;

function element(name: string, content: Xml, indent: string): string {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw new Error(`"${name}" is no name of an XML element`);
  if (typeof content !== "object") return `${indent}<${name}>${xmlEscape(String(content))}</${name}>`;
  const entries = Object.entries(content).filter(([, value]) => value !== undefined);
  const attributes = entries
    .filter(([key]) => key.startsWith("@"))
    .map(([key, value]) => ` ${key.slice(1)}="${xmlEscape(String(value))}"`)
    .join("");
  const children = entries
    .filter(([key]) => !key.startsWith("@"))
    .flatMap(([key, value]) => [value as Xml | readonly Xml[]].flat().map((each) => element(key, each, `${indent}  `)));
  const open = `${indent}<${name}${attributes}`;
  return children.length === 0 ? `${open}/>` : [`${open}>`, ...children, `${indent}</${name}>`].join("\n");
}

const xmlEscape = (text: string): string => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
