import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export const aliyunKey = { accessKeyId: 'LTAItest', accessKeySecret: 'a secret of aliyun' };

/** An SMS as the service took it. */
type Taken = { PhoneNumbers: string; SignName: string; TemplateCode: string; TemplateParam: string; OutId: string };

export type Aliyun = AsyncDisposable & {
  url: string;
  /** Every SendSms with a right signature, in its order. */
  taken: Taken[];
  /** Asked with each SendSms: the code of its answer. */
  answer: (sms: Taken) => string | Promise<string>;
  /** The code of what it answers to QuerySendDetails. */
  detailsCode: string;
  /** Its clock. */
  now: () => Date;
};

/** Aliyun's Short Message Service as far as it is used: SendSms and QuerySendDetails, their signature checked. */
export async function startAliyun(): Promise<Aliyun> {
  const days = new WeakMap<Taken, string>();
  const server = createServer((request, response) => {
    handle(request).then(
      ([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });

  async function handle(request: IncomingMessage): Promise<[number, object]> {
    const body = await text(request);
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    if (!isSigned(request, url, body)) return [400, { Code: 'SignatureDoesNotMatch', Message: 'Specified signature…' }];
    // Parameters come in the query or, as the service's own clients send them, in the form of the body.
    const query = new URLSearchParams(url.search || body);
    const of = (name: string) => query.get(name) ?? '';
    switch (request.headers['x-acs-action']) {
      case 'SendSms': {
        const sms: Taken = {
          PhoneNumbers: of('PhoneNumbers'),
          SignName: of('SignName'),
          TemplateCode: of('TemplateCode'),
          TemplateParam: of('TemplateParam'),
          OutId: of('OutId'),
        };
        aliyun.taken.push(sms);
        days.set(sms, new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(aliyun.now()));
        const Code = await aliyun.answer(sms);
        return [200, { Code, Message: `about ${sms.PhoneNumbers}`, RequestId: 'r', BizId: '900619746936498440^0' }];
      }
      case 'QuerySendDetails': {
        if (aliyun.detailsCode !== 'OK') return [200, { Code: aliyun.detailsCode, Message: 'not now' }];
        const found = aliyun.taken.filter(
          (sms) => sms.PhoneNumbers === of('PhoneNumber') && days.get(sms)?.replaceAll('-', '') === of('SendDate'),
        );
        const SmsSendDetailDTO = found.map((sms) => ({ OutId: sms.OutId, PhoneNum: sms.PhoneNumbers, SendStatus: 1 }));
        const isComplete = /^\d{8}$/.test(of('SendDate')) && of('PageSize') !== '' && of('CurrentPage') !== '';
        if (!isComplete) return [200, { Code: 'isv.INVALID_PARAMETERS', Message: 'incomplete' }];
        return [200, { Code: 'OK', TotalCount: found.length, SmsSendDetailDTOs: { SmsSendDetailDTO } }];
      }
      default:
        return [404, { Code: 'InvalidAction.NotFound' }];
    }
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const aliyun: Aliyun = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken: [],
    answer: () => 'OK',
    detailsCode: 'OK',
    now: () => new Date(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return aliyun;
}

/** ACS3-HMAC-SHA256 over the headers that the request names. */
function isSigned({ method, headers }: IncomingMessage, url: URL, body: string): boolean {
  const [, key, names = '', given] =
    /^ACS3-HMAC-SHA256 Credential=(.+),SignedHeaders=([\w;-]+),Signature=([\da-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const sha256 = (part: string) => createHash('sha256').update(part).digest('hex');
  const query = [...url.searchParams].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const encoded = query.map((pair) => pair.map((part) => encodeURIComponent(part)).join('='));
  const signed = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`);
  const canonical = [method, '/', encoded.join('&'), signed.join(''), names, sha256(body)].join('\n');
  const right = createHmac('sha256', aliyunKey.accessKeySecret)
    .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest('hex');
  const age = Math.abs(Date.now() - Date.parse(String(headers['x-acs-date'])));
  return key === aliyunKey.accessKeyId && given === right && age < 900_000;
}
