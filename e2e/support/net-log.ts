/** The browser's own log of its network: every name looked up, connection opened and datagram sent, whoever wanted it. */
import { readFile } from 'node:fs/promises';

export interface NetLog {
  /** Requests that the browser started on a page's behalf. */
  requests: string[];
  /** Names looked up on a page's behalf. */
  names: string[];
  /** Connections asked for, the browser's own errands left out. */
  streams: string[];
  /** Where datagrams went. */
  datagrams: string[];
}

interface Params { initiator?: string; url?: string; host?: string; network_anonymization_key?: string; address?: string }
interface Log { constants: { logEventTypes: Record<string, number> }; events: { type: number; params?: Params }[] }

/** Chrome asks its maker what the fields of any page's form mean (their names' hashes, no content). No page can forbid that. */
const AUTOFILL = 'content-autofill.googleapis.com';
/** Name servers, and Chromium's test whether there is IPv6: it connects, and sends nothing. */
const NOT_SENT = /:53$|:5353$|^\[2001:4860:4860::8888\]:443$/;

export const netLogFlags = (path: string): string[] => [`--log-net-log=${path}`, '--net-log-capture-mode=Everything'];

/** Once the browser is closed. `site` is scheme and host of the page. */
export async function readNetLog(path: string, site: string): Promise<NetLog> {
  const { constants, events } = JSON.parse(await readFile(path, 'utf8')) as Log;
  const of = (type: string) => events.filter(e => e.type === constants.logEventTypes[type]).map(e => e.params ?? {});
  const jobs = of('URL_REQUEST_START_JOB').filter(p => p.url !== undefined);
  const own = (p: Params) => p.initiator === 'not an origin' && !p.url!.startsWith(site);
  const errands = new Set(jobs.filter(own).map(p => new URL(p.url!).origin));
  return {
    requests: jobs.filter(p => !own(p)).map(p => p.url!),
    names: of('HOST_RESOLVER_MANAGER_REQUEST').filter(p => p.host !== undefined && p.network_anonymization_key?.includes(site) && !p.host.includes(AUTOFILL)).map(p => p.host!),
    streams: of('HTTP_STREAM_JOB_CONTROLLER').filter(p => p.url !== undefined && !errands.has(new URL(p.url).origin)).map(p => p.url!),
    datagrams: [...of('UDP_CONNECT'), ...of('UDP_BYTES_SENT')].filter(p => p.address !== undefined && !NOT_SENT.test(p.address)).map(p => p.address!),
  };
}
