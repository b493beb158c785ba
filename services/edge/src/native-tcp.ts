/** Called with the handle or request that it is about as `this`. */
type Listener<Args extends unknown[] = []> = (this: never, ...args: Args) => void;

/** A connection as Node's native part knows it; a method that can fail returns 0 or a negative error number of the system. */
export interface StreamHandle {
  /** Called after each read, failure and end, with `reading` telling which. */
  onread: Listener;
  /** Reads go into this buffer from now on. */
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** Hands bytes to the kernel; where it does not take all, the bytes must stay as they are until `oncomplete` of the request. */
  writeBuffer(request: NativeRequest, bytes: Uint8Array): number;
  /** Sends a FIN after what waits; 1 when that is done already. */
  shutdown(request: NativeRequest): number;
  close(closed: Listener): void;
}

export interface TcpHandle extends StreamHandle {
  connect(request: NativeRequest, address: string, port: number): number;
  connect6(request: NativeRequest, address: string, port: number): number;
  setNoDelay(isOn: boolean): number;
  /** @param seconds of silence before the first probe */
  setKeepAlive(isOn: boolean, seconds: number): number;
  getpeername(into: { address?: string; port?: number }): number;
}

/** What is under way natively. */
export interface NativeRequest {
  oncomplete?: Listener<[status: number]>;
}

/** What Node's `net` stands on, without the streams that it builds upon it. */
export interface NativeTcp {
  readonly newHandle: () => TcpHandle;
  readonly ConnectRequest: new () => NativeRequest;
  readonly WriteRequest: new () => NativeRequest;
  readonly ShutdownRequest: new () => NativeRequest;
  /** At `READING` the bytes of the read that `onread` is about, or its error; at `IS_WAITING` whether the last write waits for the kernel. */
  readonly state: Int32Array;
  readonly READING: number;
  readonly IS_WAITING: number;
}

/**
 * These bindings are no public interface of Node. They are worth it: when the edge moved from sockets to them, an idle tunnel went from 19 KB
 * of resident memory to 9, and a message of 128 B from some 1.45 times what nginx needs to 1.2. Undefined where one of them is missing; then
 * the edge uses sockets, and does the same at more time and memory.
 */
export function findNativeTcp(): NativeTcp | undefined {
  try {
    const binding = (name: string): Record<string, unknown> =>
      Reflect.apply(Reflect.get(process, 'binding'), process, [name]);
    const tcp = binding('tcp_wrap');
    const stream = binding('stream_wrap');
    const Handle = tcp['TCP'] as new (kind: number) => TcpHandle;
    const { SOCKET } = tcp['constants'] as { SOCKET: number };
    const native = {
      newHandle: () => new Handle(SOCKET),
      ConnectRequest: tcp['TCPConnectWrap'],
      WriteRequest: stream['WriteWrap'],
      ShutdownRequest: stream['ShutdownWrap'],
      state: stream['streamBaseState'],
      READING: stream['kReadBytesOrError'],
      IS_WAITING: stream['kLastWriteWasAsync'],
    };
    return isWhole(native) && METHODS.every((name) => name in Handle.prototype) ? native : undefined;
  } catch {
    return undefined; // a Node without them
  }
}

/** Whether this can be read and written as a stream's handle: Node calls it `_handle`, which is no public property. */
export function isStreamHandle(found: unknown): found is StreamHandle {
  return typeof found === 'object' && found !== null && STREAM_METHODS.every((name) => name in found);
}

const STREAM_METHODS = [
  'onread',
  'useUserBuffer',
  'readStart',
  'readStop',
  'writeBuffer',
  'shutdown',
  'close',
] as const;
const METHODS: readonly (keyof TcpHandle)[] = [
  ...STREAM_METHODS,
  'connect',
  'connect6',
  'setNoDelay',
  'setKeepAlive',
  'getpeername',
];

function isWhole(found: Record<keyof NativeTcp, unknown>): found is NativeTcp {
  const { ConnectRequest, WriteRequest, ShutdownRequest, state, READING, IS_WAITING } = found;
  return (
    [ConnectRequest, WriteRequest, ShutdownRequest].every((each) => typeof each === 'function') &&
    state instanceof Int32Array &&
    typeof READING === 'number' &&
    typeof IS_WAITING === 'number'
  );
}
