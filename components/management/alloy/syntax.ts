/**
 * Writer of Alloy's configuration syntax. Attributes and blocks stand on lines of their own, as its parser demands; the
 * blocks keep the order that they are given in, since it is that of the stages.
 */

export type Value = string | number | boolean | Expression | readonly Value[] | { readonly [name: string]: Value };

/** Something that Alloy finds out, as it stands: what another component exports, or a variable of the environment. */
export class Expression {
  constructor(readonly text: string) {}
}
export const expression = (text: string): Expression => new Expression(text);

export interface Block {
  readonly name: string;
  readonly label?: string;
  readonly attributes: Readonly<Record<string, Value>>;
  readonly blocks: readonly Block[];
}

/** @param name with its label after a space: `loki.write loki` */
export function block(name: string, attributes: Block["attributes"], blocks: readonly Block[] = []): Block {
  const [kind = "", label] = name.split(" ");
  return { name: kind, ...(label ? { label } : {}), attributes, blocks };
}

export const alloyText = (blocks: readonly Block[]): string =>
  blocks
    .map((each) => lines(each, "").join("\n"))
    .join("\n\n")
    .concat("\n");

function lines({ name, label, attributes, blocks }: Block, indent: string): readonly string[] {
  const inner = `${indent}  `;
  return [
    `${indent}${name}${label ? ` ${JSON.stringify(label)}` : ""} {`,
    ...Object.entries(attributes).map(([key, value]) => `${inner}${key} = ${valueText(value)}`),
    ...blocks.flatMap((each) => lines(each, inner)),
    `${indent}}`,
  ];
}

/** Texts are written as in JSON, whose escapes are among Alloy's. */
function valueText(value: Value): string {
  if (value instanceof Expression) return value.text;
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)} = ${valueText(field)}`);
  return fields.length > 0 ? `{ ${fields.join(", ")} }` : "{}";
}
