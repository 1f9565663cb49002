import { randomUUID } from "node:crypto";
import { firstLine, type HttpRequest, type HttpResponse, parseJson, request, type Server } from "./https";
import { webSocket } from "./websocket";

/** JupyterHub's API and the kernels of a notebook, both through the proxy. */
export class Jupyter {
  /** @param token of a service of the hub's */
  constructor(
    private readonly server: Server,
    private readonly token: string,
  ) {}

  /** @param expected statuses that are well; others are an Error */
  async call(
    method: string,
    path: string,
    expected: readonly number[],
    body?: unknown,
    timeout?: number,
  ): Promise<HttpResponse> {
    const options: HttpRequest = {
      method,
      path,
      headers: { ...this.headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(timeout === undefined ? {} : { timeout }),
    };
    const response = await request(this.server, options);
    if (!expected.includes(response.status)) {
      throw new Error(`${method} ${path}: ${response.status} ${firstLine(response.text)}`);
    }
    return response;
  }

  async get<T>(path: string): Promise<T> {
    return parseJson<T>((await this.call("GET", path, [200])).text, path);
  }

  /**
   * Runs Python in a kernel of its own in a person's notebook, which must run.
   * @param patience milliseconds for all of it
   * @returns what it printed
   * @throws Error with what Python said, when the code failed
   */
  async run(user: string, code: string, patience: number): Promise<string> {
    const kernels = `/user/${user}/api/kernels`;
    const made = await this.call("POST", kernels, [201], {}, 120_000);
    const { id } = parseJson<{ readonly id: string }>(made.text, kernels);
    try {
      return await this.execute(`${kernels}/${id}/channels`, code, patience);
    } finally {
      await this.call("DELETE", `${kernels}/${id}`, [204, 404]);
    }
  }

  private async execute(path: string, code: string, patience: number): Promise<string> {
    const session = randomUUID();
    const socket = await webSocket(this.server, `${path}?session_id=${session}`, this.headers);
    const id = randomUUID();
    const deadline = Date.now() + patience;
    try {
      socket.send(JSON.stringify(executeRequest(id, session, code)));
      const result = new Execution(id);
      while (!result.done) result.take(await socket.receive(Math.max(1, deadline - Date.now())));
      if (result.failure !== undefined) throw new Error(result.failure);
      return result.printed;
    } finally {
      await socket.close();
    }
  }

  private get headers() {
    return { authorization: `token ${this.token}` };
  }
}

/** As Jupyter's messaging protocol has it, in the form of one text. */
export const executeRequest = (id: string, session: string, code: string) => ({
  channel: "shell",
  header: {
    msg_id: id,
    msg_type: "execute_request",
    session,
    username: "smoke",
    date: new Date().toISOString(),
    version: "5.3",
  },
  parent_header: {},
  metadata: {},
  content: { code, silent: false, store_history: false, user_expressions: {}, allow_stdin: false, stop_on_error: true },
  buffers: [],
});

interface Message {
  readonly header: { readonly msg_type: string };
  readonly parent_header: { readonly msg_id?: string };
  readonly content: {
    readonly text?: string;
    readonly name?: string;
    readonly execution_state?: string;
    readonly ename?: string;
    readonly evalue?: string;
  };
}

/** What messages say of one request: its output may come after the reply, and before the kernel says that it is idle. */
export class Execution {
  printed = "";
  failure: string | undefined;
  private replied = false;
  private idle = false;

  constructor(private readonly id: string) {}

  get done(): boolean {
    return this.replied && this.idle;
  }

  take(text: string): void {
    const { header, parent_header: parent, content } = parseJson<Message>(text, "a message of the kernel");
    if (parent.msg_id !== this.id) return;
    if (header.msg_type === "stream" && content.name === "stdout") this.printed += content.text ?? "";
    if (header.msg_type === "error") this.failure = `${content.ename}: ${content.evalue}`;
    if (header.msg_type === "execute_reply") this.replied = true;
    if (header.msg_type === "status" && content.execution_state === "idle") this.idle = true;
  }
}
