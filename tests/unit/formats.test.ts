import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { getProperties } from "properties-file";
import * as yaml from "yaml";
import { airliftProperties, compactJson, properties, sections, yamlText } from "../../components/core/formats";

describe("file formats", () => {
  it("properties are read back as they were given, whatever characters they hold", () => {
    void fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (values) => {
        fc.pre(!Object.keys(values).includes("__proto__"));
        const read = getProperties(properties(values));
        assert.deepEqual({ ...read }, { ...values });
      }),
    );
  });

  it("properties leave URLs readable", () => {
    assert.equal(properties({ url: "https://a:1/?b=c" }), "url=https://a:1/?b=c\n");
  });

  it("properties leave out what has no value", () => assert.equal(properties({ a: 1, b: undefined }), "a=1\n"));

  it("airlift properties are not escaped, and refuse a second line", () => {
    assert.equal(airliftProperties({ key: "${ENV:SECRET}" }), "key=${ENV:SECRET}\n");
    assert.throws(() => airliftProperties({ key: "a\nb" }), /key: a property value has one line/);
  });

  it("sections", () => assert.equal(sections({ a: { x: 1 }, b: { y: 2 } }), "[a]\nx=1\n\n[b]\ny=2\n"));

  it("compact JSON is read back as it was given, in lines that fit where they can", () => {
    // What JSON itself keeps is the measure: it has no -0.
    const kept = (value: unknown) => JSON.parse(JSON.stringify(value));
    void fc.assert(
      fc.property(fc.jsonValue(), (value) => assert.deepEqual(JSON.parse(compactJson(value)), kept(value))),
    );
    assert.equal(compactJson({ a: [1, 2], b: { c: "x\n y" } }), '{ "a": [ 1, 2 ], "b": { "c": "x\\n y" } }\n');
    assert.equal(compactJson({ a: [1, 2], b: [3] }, 12), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": [ 3 ]\n}\n');
  });

  it("YAML keeps words that look like booleans as text", () => {
    const text = yamlText({ jit: "off", answer: "no", number: "010" });
    assert.deepEqual(yaml.parse(text, { version: "1.1" }), { jit: "off", answer: "no", number: "010" });
  });
});
