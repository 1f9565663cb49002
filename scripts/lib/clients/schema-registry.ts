import { basicAuth, firstLine, type HttpRequest, parseJson, request, type Server } from "./https";

/** The REST API of Schema Registry, as far as it takes to register a schema, read it and remove it. */

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The registry's answer to a request that it did not carry out. */
export class RegistryError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export class SchemaRegistry {
  constructor(
    private readonly server: Server,
    private readonly login: Login,
  ) {}

  /** Registers an Avro schema under a subject. @returns its number */
  async register(subject: string, schema: object): Promise<number> {
    const body = JSON.stringify({ schema: JSON.stringify(schema) });
    const { id } = await this.call<{ id: number }>({ method: "POST", path: `${subjectPath(subject)}/versions`, body });
    return id;
  }

  /** The schema of that number. */
  async schema(id: number): Promise<object> {
    const { schema } = await this.call<{ schema: string }>({ path: `/schemas/ids/${id}` });
    return parseJson(schema, `schema ${id}`);
  }

  /** Removes a subject with all its versions, for good. */
  async remove(subject: string): Promise<void> {
    await this.call({ method: "DELETE", path: subjectPath(subject) });
    await this.call({ method: "DELETE", path: `${subjectPath(subject)}?permanent=true` });
  }

  private async call<T>(options: HttpRequest): Promise<T> {
    const { username, password } = this.login;
    const type = "application/vnd.schemaregistry.v1+json";
    const headers = { ...basicAuth(username, password), accept: type, "content-type": type };
    const { status, text } = await request(this.server, { ...options, headers });
    const what = `${options.method ?? "GET"} ${options.path}`;
    if (status !== 200) throw new RegistryError(`${what}: ${status} ${firstLine(text)}`, status);
    return parseJson<T>(text, what);
  }
}

const subjectPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}`;
