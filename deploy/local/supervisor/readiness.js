import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until a URL answers 200.
 * @param {string} url
 * @param {AbortSignal} signal ends the waiting
 * @returns {Promise<boolean>} false when the signal came first
 */
export async function untilReady(url, signal) {
  for (let pause = 25; !signal.aborted; pause = Math.min(pause * 1.3, 250)) {
    if (await answersOk(url, signal)) return true;
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

/**
 * @param {string} url
 * @param {AbortSignal} signal
 * @returns {Promise<boolean>}
 */
function answersOk(url, signal) {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 2_000, signal }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
  });
}
