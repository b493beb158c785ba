import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../advice.js';

const rotateAt = 8 * 1024 * 1024; // Bytes; with the one older file that is kept, a log is at most about twice this at a start.

/**
 * Opens a log for appending; one that has grown large becomes `<file>.1` first.
 * @param {string} file
 * @returns {number} file descriptor
 */
export function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  const log = openSync(file, 'a', 0o600);
  if (fstatSync(log).size < rotateAt) return log;
  closeSync(log);
  renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/**
 * The last lines of a log, for people: of a line in JSON its level, message and error.
 * @param {string} file
 * @param {number} count
 */
export function tail(file, count) {
  try {
    const log = openSync(file, 'r');
    const { size } = fstatSync(log);
    const buffer = Buffer.alloc(Math.min(size, 16 * 1024));
    readSync(log, buffer, 0, buffer.length, size - buffer.length);
    closeSync(log);
    const lines = buffer.toString().trimEnd().split('\n').slice(-count);
    return lines.map(readable).join('\n');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** @param {string} line */
function readable(line) {
  try {
    const { level, msg, why, err } = JSON.parse(line);
    return [level, msg, why, err?.stack ?? err?.message].filter(Boolean).join('  ');
  } catch {
    return line;
  }
}
