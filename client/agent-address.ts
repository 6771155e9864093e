import { isIPv4, isIPv6 } from 'node:net';
import { InputError, shown } from '../lib/contract/fault';

/** Where the agent listens. */
export interface AgentAddress {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

const ROUTE = '/task-protection/v1/state';

/**
 * The agent's endpoint for this container. Only a link-local address can be the agent: whoever sets the environment shall not make the
 * client call elsewhere. Loopback is for tests.
 */
export function agentAddress(uri: string, allowLoopback: boolean): AgentAddress {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  const plain = url && url.protocol === 'http:' && !url.username && !url.password && !url.search && !url.hash;
  if (!plain || !(isLinkLocal(host) || (allowLoopback && isLoopback(host)))) {
    const where = allowLoopback ? 'a link-local or loopback address' : 'a link-local address, as the agent sets it';
    throw new InputError('TaskProtectionClient', [
      { path: 'ECS_AGENT_URI', rule: `must be http to ${where}`, got: shown(uri) },
    ]);
  }
  // The agent answers an unclean path with a redirect, for PUT as well.
  return { host, port: Number(url.port || 80), path: url.pathname.replace(/\/+$/, '') + ROUTE };
}

function isLinkLocal(host: string): boolean {
  return (isIPv4(host) && host.startsWith('169.254.')) || (isIPv6(host) && /^fe[89ab]/i.test(host));
}

function isLoopback(host: string): boolean {
  return (isIPv4(host) && host.startsWith('127.')) || host === '::1';
}
