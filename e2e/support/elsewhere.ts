/** Another place on the network, which notes whatever reaches it: connections, requests, datagrams. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Elsewhere {
  /** Without a path. */
  http: string; ws: string; udpPort: number;
  /** Paths asked for. */
  requests: string[];
  connections: number;
  datagrams: number;
  close(): Promise<void>;
}

export async function openElsewhere(): Promise<Elsewhere> {
  const server = createServer((request, response) => {
    place.requests.push(request.url!.slice(1));
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*', 'Content-Type': 'text/plain', 'Content-Length': 0 }).end();
  });
  server.on('upgrade', (request, socket) => {
    place.requests.push(request.url!.slice(1));
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
  });
  server.on('connection', () => { place.connections++; });
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve); });
  const udp: UdpSocket = createSocket('udp4');
  udp.on('message', () => { place.datagrams++; });
  await new Promise<void>(resolve => { udp.bind(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  const place: Elsewhere = {
    http: `http://127.0.0.1:${port}`, ws: `ws://127.0.0.1:${port}`, udpPort: udp.address().port,
    requests: [], connections: 0, datagrams: 0,
    close: async () => {
      udp.close();
      server.closeAllConnections();
      await new Promise(resolve => { server.close(resolve); });
    },
  };
  return place;
}
