import { connect } from 'node:net';

/** Sends bytes as they are and gives all that the server answers until it closes the connection. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
    });
    // A server that hangs up while we still send may reset the connection: what it said before counts.
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}
