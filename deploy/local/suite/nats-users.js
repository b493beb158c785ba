/**
 * What one user of nats-server may do. A stream or a bucket has one service that owns it: makes it, and for streams of events
 * alone writes it.
 * @typedef {object} NatsUser
 * @property {string[]} [owns] streams that it creates
 * @property {string[]} [configures] those of them whose settings it also changes; a setting may have a stream republished
 *   under any subject, permission or not, so whoever need not, may not
 * @property {string[]} [reads] streams that it consumes or looks up
 * @property {string[]} [publishes] subjects besides those of JetStream
 * @property {string[]} [answers] subjects on which it is asked, and answers to the inbox of whoever asks
 * @property {string[]} [writesBuckets] KV buckets that it creates and puts into
 * @property {string[]} [readsBuckets]
 */

/** @type {Record<string, NatsUser>} */
export const natsUsers = {
  activation: {
    owns: ['ACTIVATION'],
    publishes: ['activation.>'],
    reads: ['CONFIG'],
    writesBuckets: ['contacts', 'verification-codes'],
  },
  config: {
    owns: ['CONFIG'],
    publishes: ['config.>', 'edge.rpc.>'],
    reads: ['ACTIVATION'],
    writesBuckets: ['edge-config'],
    readsBuckets: ['edge-status'],
  },
  edge: {
    publishes: ['samples.>'],
    answers: ['edge.rpc.>'],
    readsBuckets: ['edge-config'],
    writesBuckets: ['edge-status'],
  },
  metrics: {
    owns: ['SAMPLES', 'DEADLETTERS'],
    configures: ['SAMPLES', 'DEADLETTERS'],
    publishes: ['deadletter.>'],
  },
  notifier: {
    owns: ['NOTIFY', 'DEADLETTERS'],
    configures: ['DEADLETTERS'],
    publishes: ['notify.>', 'deadletter.>'],
    reads: ['ACTIVATION', 'CONFIG'],
    writesBuckets: ['webhook-secrets'],
    readsBuckets: ['contacts', 'verification-codes'],
  },
  console: {
    writesBuckets: ['console-sessions'],
  },
};

/**
 * The subjects that a user may publish and subscribe to.
 * @param {string} name
 * @param {NatsUser} user
 * @returns {{ publish: string[], subscribe: string[], mayAnswer: boolean }}
 */
export function permissionsOf(
  name,
  { owns = [], configures = [], reads = [], publishes = [], answers = [], writesBuckets = [], readsBuckets = [] },
) {
  const streamsOf = (/** @type {string[]} */ buckets) => buckets.map((bucket) => `KV_${bucket}`);
  const owned = [...owns, ...streamsOf(writesBuckets)];
  const readable = new Set([...owned, ...reads, ...streamsOf(readsBuckets)]);
  return {
    publish: [
      ...publishes,
      ...writesBuckets.map((bucket) => `$KV.${bucket}.>`),
      '$JS.API.INFO',
      ...owned.map((stream) => `$JS.API.STREAM.CREATE.${stream}`),
      ...configures.map((stream) => `$JS.API.STREAM.UPDATE.${stream}`),
      ...[...readable].flatMap(readingApi),
    ],
    // Answers and deliveries come to an inbox that no other user may listen to.
    subscribe: [`_INBOX_${name}.>`, ...answers],
    mayAnswer: answers.length > 0,
  };
}

/** @param {string} stream */
function readingApi(stream) {
  return [
    `$JS.API.STREAM.INFO.${stream}`,
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}`,
    `$JS.API.DIRECT.GET.${stream}.>`,
    `$JS.API.CONSUMER.*.${stream}`,
    `$JS.API.CONSUMER.*.${stream}.>`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
    // An acknowledgement's subject has two forms: without and with the domain and the account.
    `$JS.ACK.${stream}.>`,
    `$JS.ACK.*.*.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ];
}
