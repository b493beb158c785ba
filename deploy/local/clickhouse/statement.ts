import { ServerException } from './exception.ts';

/** What this server must know of a statement before the engine reads it. */
export type Statement =
  | { kind: 'insert' }
  /** The text, and the output format that its FORMAT clause names. */
  | { kind: 'select' | 'other'; sql: string; format: string | undefined };

// Where an INSERT ends and its data begin is sought in so many bytes.
const longestInsertHead = 64 * 1024;

/**
 * Reads just enough of a statement: comments and quoted text are passed over, the data of an INSERT are not looked at.
 * @throws ServerException 62 when it is empty, or when a second statement follows: the HTTP interface takes one
 */
export function readStatement(bytes: Buffer): Statement {
  const head = significantTokens(bytes.toString('latin1', 0, longestInsertHead));
  if (firstKeyword(head) === 'INSERT') {
    readClauses(upToData(head));
    return { kind: 'insert' };
  }
  const sql = bytes.toString();
  const tokens = significantTokens(sql);
  const keyword = firstKeyword(tokens);
  if (keyword === undefined) throw new ServerException(62, 'SYNTAX_ERROR', 'Syntax error: Empty query');
  const kind = ['SELECT', 'WITH', 'FROM'].includes(keyword) ? 'select' : 'other';
  return { kind, sql, format: readClauses(tokens) };
}

function firstKeyword(tokens: Iterator<string, undefined>): string | undefined {
  let first = tokens.next();
  while (first.value === '(') first = tokens.next();
  return first.value?.toUpperCase();
}

const token =
  /--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\/|'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*)*'|"[^"\\]*(?:(?:\\[\s\S]|"")[^"\\]*)*"|`[^`\\]*(?:(?:\\[\s\S]|``)[^`\\]*)*`|\$(\w*)\$[\s\S]*?\$\1\$|[A-Za-z_]\w*|\d\w*|\S/g;

/** Words and signs; of quoted text and names the opening quote only; no comments. */
function* significantTokens(sql: string): Generator<string, undefined> {
  for (const [text] of sql.matchAll(token)) {
    if (/^(?:--|#[ !]|\/\*)/.test(text)) continue;
    yield /^['"`$]/.test(text) ? text.slice(0, 1) : text;
  }
}

function* upToData(tokens: Iterable<string>): Generator<string> {
  for (const text of tokens) {
    if (/^(?:FORMAT|VALUES)$/i.test(text)) return;
    yield text;
  }
}

/** The name after FORMAT, where a clause or the end follows it: a column may be called format too. */
function readClauses(tokens: Iterable<string>): string | undefined {
  let format: string | undefined;
  let keyword = '';
  let name = '';
  const closeClause = () => {
    if (/^FORMAT$/i.test(keyword) && /^[A-Z]/i.test(name)) format = name;
  };
  let ended = false;
  for (const text of tokens) {
    if (ended && text !== ';')
      throw new ServerException(62, 'SYNTAX_ERROR', 'Syntax error (Multi-statements are not allowed)');
    ended ||= text === ';';
    if (/^(?:;|SETTINGS|INTO)$/i.test(text)) closeClause();
    [keyword, name] = [name, text];
  }
  if (!ended) closeClause();
  return format;
}
