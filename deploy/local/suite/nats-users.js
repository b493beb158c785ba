/**
 * What one user of nats-server may do. A stream or a bucket has one service that owns it: makes it, and for streams of events
 * alone writes it. Nobody changes the settings of a stream that is there: that is for an operator, and a setting may have a
 * stream republished under any subject, permission or not.
 * @typedef {object} NatsUser
 * @property {string[]} [owns] streams that it creates
 * @property {string[]} [folds] streams that it reads from their first message on
 * @property {Record<string, string[]>} [works] streams whose messages it takes and acknowledges, with its consumers' names
 * @property {string[]} [publishes] subjects besides those of JetStream
 * @property {string[]} [answers] subjects on which it is asked, and answers to the inbox of whoever asks
 * @property {string[]} [writesBuckets] KV buckets that it creates, puts into and reads by key
 * @property {string[]} [readsBuckets] others that it reads by key
 * @property {string[]} [followsBuckets] those that it reads as a whole
 */

/** @type {Record<string, NatsUser>} */
export const natsUsers = {
  activation: {
    owns: ['ACTIVATION'],
    publishes: ['activation.>'],
    folds: ['ACTIVATION', 'CONFIG'],
    writesBuckets: ['contacts', 'verification-codes'],
  },
  config: {
    owns: ['CONFIG'],
    publishes: ['config.>', 'edge.rpc.>'],
    folds: ['ACTIVATION', 'CONFIG'],
    writesBuckets: ['edge-config'],
    followsBuckets: ['edge-config', 'edge-status'],
  },
  edge: {
    publishes: ['samples.>'],
    answers: ['edge.rpc.>'],
    writesBuckets: ['edge-status'],
    followsBuckets: ['edge-config'],
  },
  metrics: {
    owns: ['SAMPLES', 'DEADLETTERS'],
    works: { SAMPLES: ['metrics'] },
    publishes: ['deadletter.>'],
  },
  notifier: {
    owns: ['NOTIFY', 'DEADLETTERS'],
    publishes: ['notify.>', 'deadletter.>'],
    folds: ['NOTIFY'],
    works: { ACTIVATION: ['notifier'], CONFIG: ['notifier'], NOTIFY: ['notifier-delivery', 'notifier-webhooks'] },
    writesBuckets: ['webhook-secrets'],
    readsBuckets: ['contacts', 'verification-codes'],
  },
  console: {
    writesBuckets: ['console-sessions'],
  },
};

/** @typedef {{ publish: string[], deny: string[], subscribe: string[], mayAnswer: boolean }} Permissions */

/**
 * The subjects that a user may publish and subscribe to.
 * @param {string} name
 * @returns {Permissions}
 */
export function permissionsOf(name) {
  const user = natsUsers[name] ?? {};
  const { publishes = [], answers = [], writesBuckets = [], readsBuckets = [], followsBuckets = [] } = user;
  const owned = [...(user.owns ?? []), ...writesBuckets.map(streamOf)];
  const folded = [...(user.folds ?? []), ...followsBuckets.map(streamOf)];
  const worked = Object.keys(user.works ?? {});
  const readable = new Set([...owned, ...folded, ...worked, ...readsBuckets.map(streamOf)]);
  return {
    publish: [
      ...publishes,
      ...writesBuckets.map((bucket) => `$KV.${bucket}.>`),
      '$JS.API.INFO',
      ...owned.map((stream) => `$JS.API.STREAM.CREATE.${stream}`),
      ...[...readable].flatMap((stream) => [`$JS.API.STREAM.INFO.${stream}`, `$JS.API.STREAM.MSG.GET.${stream}`]),
      ...folded.flatMap(folding),
      ...followsBuckets.map((bucket) => `$JS.FC.${streamOf(bucket)}.>`),
      ...workOf(user).flatMap(working),
    ],
    // The names of a folding reader's consumers are made up as it goes; those that others work with are not among them.
    deny: folded.flatMap((stream) => workOfOthers(name, stream).flatMap(touching)),
    // Answers and deliveries come to an inbox that no other user may listen to.
    subscribe: [`_INBOX_${name}.>`, ...answers],
    mayAnswer: answers.length > 0,
  };
}

/** @param {string} bucket */
const streamOf = (bucket) => `KV_${bucket}`;

/** @typedef {{ stream: string, consumer: string }} Work */

/**
 * @param {NatsUser} user
 * @returns {Work[]}
 */
function workOf({ works = {} }) {
  return Object.entries(works).flatMap(([stream, consumers]) => consumers.map((consumer) => ({ stream, consumer })));
}

/**
 * @param {string} name
 * @param {string} stream
 */
function workOfOthers(name, stream) {
  const others = Object.entries(natsUsers).filter(([other]) => other !== name);
  return others.flatMap(([, user]) => workOf(user)).filter((work) => work.stream === stream);
}

/** @param {string} stream */
function folding(stream) {
  return [
    ...['CREATE', 'INFO', 'DELETE'].map((verb) => `$JS.API.CONSUMER.${verb}.${stream}.>`),
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.>`,
  ];
}

/** @param {Work} work */
function working({ stream, consumer }) {
  return [
    `$JS.API.CONSUMER.CREATE.${stream}.${consumer}`,
    // How one is made that takes some of the subjects.
    `$JS.API.CONSUMER.DURABLE.CREATE.${stream}.${consumer}`,
    `$JS.API.CONSUMER.INFO.${stream}.${consumer}`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
    // An acknowledgement's subject has two forms: without and with the domain and the account.
    `$JS.ACK.${stream}.${consumer}.>`,
    `$JS.ACK.*.*.${stream}.${consumer}.>`,
  ];
}

/** @param {Work} work */
function touching({ stream, consumer }) {
  return [
    `$JS.API.CONSUMER.*.${stream}.${consumer}`,
    `$JS.API.CONSUMER.*.${stream}.${consumer}.>`,
    `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`,
  ];
}
