/** An answer of status 200 with no body at all. */
export const EMPTY_BODY = Symbol('empty body');

/** No answer: the connection is cut. */
export const DROP_CONNECTION = Symbol('drop connection');

/** An answer sent as it stands: a proxy's error page, half a JSON document. */
export class RawAnswer {
  constructor(
    readonly status: number,
    readonly body: string | Buffer,
    readonly contentType?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}
}
