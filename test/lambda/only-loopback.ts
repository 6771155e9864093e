import { globalAgent } from 'node:https';
import { type LookupFunction, Socket } from 'node:net';

export interface OnlyLoopback {
  /** `host:port` of every other connection that anything in this process wanted, in order. None was made. */
  readonly refused: readonly string[];
  restore(): void;
}

interface Wanted {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string;
}

/**
 * Keeps this process on this machine: connections to port 443 of the names given end at loopback ports, under certificates
 * that only this process's https trusts, and every other connection that would leave the machine fails and is noted. What
 * asks for a connection cannot tell: name, certificate and errors are those of the network.
 */
export function onlyLoopback(ports: Readonly<Record<string, number>>, trusted: readonly string[]): OnlyLoopback {
  const refused: string[] = [];
  const { connect } = Socket.prototype;
  const { ca } = globalAgent.options;
  globalAgent.options.ca = [...trusted];

  function connectHere(this: Socket, ...given: unknown[]): Socket {
    // `net.connect` hands over one list of its arguments, which carries a mark of its own.
    const [first] = given;
    const list = Array.isArray(first) ? first : given;
    const wanted = list[0] as Wanted;
    const host = wanted.host ?? 'localhost';
    if (wanted.path !== undefined && wanted.port === undefined) return Reflect.apply(connect, this, given);
    if (host === '127.0.0.1' || host === 'localhost') return Reflect.apply(connect, this, given);
    const port = Number(wanted.port) === 443 && Object.hasOwn(ports, host) ? ports[host] : undefined;
    if (port === undefined) refused.push(`${host}:${wanted.port}`);
    list[0] =
      port === undefined ? { ...wanted, host: 'nowhere.invalid', lookup: nowhere } : { ...wanted, host: '127.0.0.1', port };
    return Reflect.apply(connect, this, given);
  }

  Socket.prototype.connect = connectHere as typeof connect;
  return {
    refused,
    restore: () => {
      Socket.prototype.connect = connect;
      globalAgent.options.ca = ca;
    },
  };
}

const nowhere: LookupFunction = (_name, _options, callback) => {
  process.nextTick(callback, Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), '');
};
