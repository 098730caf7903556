/**
 * What `--curve` gives the sockets of a program: the bound end is the CURVE server, the connecting end its client.
 * The key pairs are those printed in libzmq's manual page zmq_curve(7), and so nobody's secret; `peers/libzmq.c`
 * has the same. No ZAP handler on either end, nor a domain.
 *
 * @module
 */

import { option } from "./program.ts";

const SERVER_PUBLIC = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7";
const SERVER_SECRET = "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6";
const CLIENT_PUBLIC = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID";
const CLIENT_SECRET = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs";

const curve: boolean = option("curve") !== undefined;

/** The options of the end that binds. */
export function bindingEnd(): object {
  return curve ? { curveServer: true, curveSecretKey: SERVER_SECRET } : {};
}

/** The options of the end that connects. */
export function connectingEnd(): object {
  if (!curve) return {};
  return { curvePublicKey: CLIENT_PUBLIC, curveSecretKey: CLIENT_SECRET, curveServerKey: SERVER_PUBLIC };
}

/** Answers the socket, or throws where it would talk another mechanism than what was asked for. */
export function secured<T extends { readonly securityMechanism: unknown }>(socket: T): T {
  const wanted = curve ? "curve" : null;
  if (socket.securityMechanism === wanted) return socket;
  throw new Error(`The socket's mechanism is ${socket.securityMechanism}, not ${wanted}`);
}
