/** An error as ClickHouse tells it: a number, a name and a text, together "Code: N. DB::Exception: text (NAME)". */
export class ServerException extends Error {
  constructor(code: number, name: string, text: string) {
    super(`Code: ${code}. DB::Exception: ${text} (${name})`);
  }
}

/** What a client is told of whatever was thrown; 1002 UNKNOWN_EXCEPTION when it is not the engine's own error. */
export function describeException(error: unknown): { code: number; text: string } {
  const text = error instanceof Error ? error.message : String(error);
  const code = Number(/^Code: (\d+)\./.exec(text)?.[1] ?? 0);
  return code > 0 ? { code, text } : { code: 1002, text: `Code: 1002. DB::Exception: ${text} (UNKNOWN_EXCEPTION)` };
}

/** The HTTP status that goes with an error's number. */
export function httpStatus(code: number): number {
  return statusByCode.get(code) ?? 500;
}

// What ClickHouse's src/Server/HTTP/exceptionCodeToHTTPStatus.cpp says; the names of the numbers: `SELECT errorCodeToName(n)`.
const codesByStatus = {
  400: [6, 8, 15, 25, 26, 27, 36, 37, 38, 41, 44, 53, 62, 72, 117, 123, 167, 168, 223, 321, 376, 427, 441, 675, 676],
  401: [194],
  403: [192, 193, 497, 512, 516],
  404: [46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 152, 336, 511],
  408: [159],
  411: [381],
  413: [229],
  415: [779],
  501: [48],
  503: [76, 209, 439],
};
const statusByCode = new Map(
  Object.entries(codesByStatus).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)])),
);
